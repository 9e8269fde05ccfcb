//! What a support desk is, without any outside world: states, inputs, effects, rules.
