# What the desk says, in English. Keys are in the order of `id.ftl`.
# A refusal that comes before sending ends with "Nothing was sent to the customer."

## The one door (domain/leak)

not-sent-file = ⚠ Not sent: files cannot be sent to the customer yet.
not-sent-kind = ⚠ Not sent: only text can be sent to the customer.
not-sent-empty = ⚠ Not sent: without quotations nothing is left of this line.
not-sent-encrypted = ⚠ Not sent: this room is encrypted and Loket cannot read it. Ask your operator to run: loket doctor
not-sent-assistant-owns = ⚠ Not sent: the assistant answers here. !takeover first, then write again.
not-sent-foreign = ⚠ Not sent: { $owner } has this conversation. !takeover force, then write again.

## Commands (command)

command-unknown = ⚠ There is no command «{ $word }». { $send } sends any text as it is. Nothing was sent to the customer.
command-unknown-nearest = ⚠ There is no command «{ $word }»: { $nearest }? { $send } sends any text as it is. Nothing was sent to the customer.
command-usage = ⚠ Usage: { $usage }. Nothing was sent to the customer.
command-role = ⚠ { $command } is for the role «{ $role }» and above. Nothing was sent to the customer.
command-place-portal = ⚠ { $command } works in a conversation's room only. Nothing was sent to the customer.
command-place-desk = ⚠ { $command } works in the lobby and in a direct chat with the desk only. Nothing was sent to the customer.
resend-needs-reply = ⚠ Reply to the line that is to be sent again, or press 🔁 on it. Nothing was sent to the customer.
role-agent = agent
role-supervisor = supervisor
role-admin = admin

help-overview =
    { $lines }

    More about one of them: { $more } command
help-nothing = There is no command for this room.
help-line = { $usage } — { $help }
help-lines =
    { $above }
    { $line }
help-detail =
    { $usage } — { $help }
    Where: { $place }. Least role: { $role }.
help-aliases = Also: { $names }
help-place-portal = in a conversation's room
help-place-desk = in the lobby and in a direct chat with the desk
help-place-both = everywhere
help-takeover = Stops the assistant or script: you answer. With force also from a colleague. Button: ✋
help-solve = Closes the case; the next line opens a new one. Button on the card: ✅
help-note = Keeps a note for the team. The same: ;; or note: before a line.
help-send = Sends the text as it is, whatever it starts with.
help-mode = Note mode: your plain lines are notes until you switch back.
help-undo = Takes back your newest line that has not gone yet.
help-resend = As a reply: sends that line again. Button: 🔁
help-queue = Lists the conversations that wait for a human, the longest wait first.
help-help = Lists the commands, or tells about one.
