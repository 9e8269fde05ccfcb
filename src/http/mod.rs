//! Health, metrics and error answers over HTTP.
