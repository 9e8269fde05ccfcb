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
help-trace = Tells what became of a line (as a reply), of this conversation, or of a case: times, rows, attempts.
help-help = Lists the commands, or tells about one.

## A conversation (domain/conversation)

taken-over = 👤 { $agent } took over from { $from } · 🤖 gives it back
taken-over-from-agent = 👤 { $agent } took over from { $from }
given-back = ↩ { $agent } took the line back: { $to } has the conversation again
owner-assistant = the assistant
owner-script = the script
owner-queue = the queue
owner-phone = the phone
owner-agent = { $agent }
ago-minutes = { $n } min ago
ago-hours = { $n } h ago
ago-days = { $n } d ago
has-it = { $agent } has it ({ $ago }): !takeover force. Nothing was sent to the customer.
has-it-undated = { $agent } has it: !takeover force. Nothing was sent to the customer.
takeover-solved = This conversation is solved: there is nothing to take over. A line to the customer opens a new case. Nothing was sent to the customer.
already-solved = This conversation is already solved. Nothing was sent to the customer.
held-foreign = ⏸ Held: { $agent } has this conversation. ✅ send · ❌ drop (not sent after 10 minutes)
held-foreign-again = ⏸ Still held, and something has changed since: send it? ✅ send · ❌ drop (not sent after 10 minutes)
held-doubt = ⏸ Held: a later line of it looks like a command or a note. ✅ send all of it to the customer · ❌ drop (not sent after 10 minutes)
held-doubt-again = ⏸ Still held because part of it looks internal: ✅ send all of it to the customer · ❌ drop (not sent after 10 minutes)
held-age = ⏸ Held: written { $ago }, and could not be sent until now. ✅ send · ❌ drop
held-not-yours = Only { $agent }, who wrote it, can decide about this line. Nothing was sent to the customer.
kept-window = ⏸ Kept, not sent: the customer last wrote more than { $hours } hours ago. Once they have written again: ✅ send · ❌ drop
kept-never-wrote = ⏸ Kept, not sent: the customer has not written yet. Once they have: ✅ send · ❌ drop
kept-window-open = The customer has written again, so this line can go now: ✅ send · ❌ drop
not-sent-undecided = ⚠ Not sent: nobody confirmed this line within 10 minutes. Write it again if it should go.
not-sent-solved = ⚠ Not sent: the case was solved while this line was waiting.
edit-not-yours = Only { $agent }, who wrote it, can change this line.
edit-internal = Your change looks internal, so the line was taken back. Nothing was sent to the customer.
edit-too-late = ⚠ The line had gone already, and this channel cannot change what was sent: the customer gets the first version. Send a new line to correct it.
edit-internal-too-late = ⚠ The line had gone already: the customer gets the first version. Your change looks internal and was not sent.
edit-taken-back = ⚠ Not sent: you took a change of this line back, and the line with it. Write it again if it should go.
edit-unknown = ⚠ It is not certain whether the line was sent before your change. Your change was not sent.
edit-not-sent = This line was not sent, and neither is your change. Write a new line.
redacted-too-late = ⚠ The line had gone already, and this channel cannot take back what was sent: the customer has it.
redacted-unknown = ⚠ It is not certain whether the line was sent before you took it back.
nothing-to-undo = Nothing to take back: none of your lines is waiting.
resend-phone = This line was written on the phone: it can only be sent again there. Nothing was sent to the customer.
resend-held = This line is held: ✅ on it sends it. Nothing was sent to the customer.
resend-under-way = This line is still on its way.
resend-cancelled = This line was taken back: write it again. Nothing was sent to the customer.
resend-window-closed = The channel's window is closed: only after the customer has written can this line be sent again. Nothing was sent to the customer.

## WhatsApp (channel/whatsapp)
## `refused-…` are clauses that follow "Not sent:".

refused-window = the customer last wrote more than 24 hours ago; WhatsApp takes only approved templates until they write again
refused-undeliverable = WhatsApp cannot deliver to this number (not on WhatsApp, an old app, or terms not accepted)
refused-address = no phone number or WhatsApp id of this customer is known
refused-opted-out = the customer has stopped messages of this kind
refused-limit = WhatsApp is limiting this number for now (too many reports or messages); try again later
refused-marketing = WhatsApp does not deliver marketing messages to this customer at present; wait at least a day
refused-identity = the customer's identity key has changed; check with them before you go on
refused-test-list = this is a test number and the customer is not on its list of recipients
refused-template = WhatsApp refused the template ({ $detail })
refused-ourselves = the number is our own
refused-not-allowed = WhatsApp does not allow this for our account ({ $code }: { $detail })
refused-kind = WhatsApp does not take messages of this kind ({ $code })
refused-companion = it can only be seen on the phone itself ({ $code }); ask the customer to open it there
refused-number-needed = this needs the customer's phone number, which WhatsApp does not tell us; ask them for it
refused-payments = payments have to be accepted in Meta's settings first ({ $code }); the operator has to act
refused-as-it-is = WhatsApp does not deliver this message and does not say why ({ $code }); write it in another way
refused-call = WhatsApp refused the call ({ $code }: { $detail })
refused-group = groups are not possible here ({ $code }: { $detail })
refused-block = WhatsApp did not change whether the customer is blocked ({ $code }: { $detail })
refused-form = the form is blocked or used too much at present ({ $code }); the operator has to act
refused-template-blanks = the template's blanks are not filled in as it wants ({ $detail })
refused-template-missing = the template does not exist in this language
refused-template-long = with its blanks filled in the template is too long; shorten what you fill in
refused-template-policy = the template breaks WhatsApp's rules; choose another one
refused-template-paused = WhatsApp has paused the template because customers rated it badly; choose another one
refused-template-disabled = WhatsApp has disabled the template for good; choose another one
refused-template-marketing = this way is for marketing templates only; choose another one
refused-template-new = WhatsApp is not done with the template yet; try again in ten minutes
refused-file = WhatsApp refused the file ({ $detail })
refused-account = this number may not send at present ({ $detail }); the operator has to act
refused-busy = WhatsApp had a passing fault or found us too fast (error { $code }); 🔁 sends it again
refused-invalid = WhatsApp refused it ({ $code }: { $detail })
refused-unexplained = WhatsApp reported a failure without a reason
down-token = { $account }: WhatsApp rejects the access token (error { $code }). Put a new one into access_token. Messages wait.
down-permission = { $account }: the access token lacks a permission (error { $code }). It needs whatsapp_business_messaging and whatsapp_business_management. Messages wait.
down-registration = { $account }: the number is not registered for the Cloud API, or is gone (error { $code }). Messages wait.
down-policy = { $account }: WhatsApp has locked the account for a violation of its rules (error { $code }). Messages wait.
down-payment = { $account }: there is a problem with payment at Meta (error { $code }). Messages wait.
down-display-name = { $account }: the number's display name is not approved (error { $code }). Messages wait.
down-country = { $account }: the business may not write to customers in this country (error { $code }). Messages wait.
account-fault = WhatsApp reports a fault (error { $code }: { $detail }).
account-quality = the number's quality or limit changed: { $event } { $limit }.
account-deleted = the WhatsApp business account has been deleted.
account-restricted = WhatsApp has restricted the account: { $detail }.
account-violation = WhatsApp reports a violation of its rules: { $detail }.
account-disabled = the account's ban changed: { $detail }.
account-disconnected = the account was disconnected from the app { $detail }. Messages no longer arrive.
account-reconnected = the account is connected again.
account-event = Meta reports about the account: { $event }.
account-template = the template { $template } can no longer be used: { $event } { $reason }.

## What the desk shows and rings (work)

not-sent = ⚠ Not sent: { $reason }.
may-not-have-been-sent = ⚠ May not have been sent: { $channel } did not answer. 🔁 sends it again.
partly-sent-too-old = ⚠ Only part of it was sent: the rest has waited for more than 30 minutes. 🔁 sends the rest.
refused-put-aside = Loket could not work on this line and put it aside; your operator has been told. 🔁 sends it again
refused-too-old = it has waited for more than 30 minutes. 🔁 sends it again
put-aside = ⚠ Something that came in could not be worked and was put aside ({ $row }). Your operator has been told; !retry in reply tries it again.
put-aside-line = ⚠ Not sent: Loket could not work on this line and put it aside. Your operator has been told; !retry in reply tries it again. Nothing was sent to the customer.
put-aside-partly = ⚠ Not all of it may have been sent: Loket could not work on this line and put it aside. Your operator has been told. 🔁 sends the rest.
put-aside-unshown = ⚠ A message is missing here: it could not be shown and was put aside ({ $row }). Your operator has been told; !retry in reply tries it again.
reactions-not-sent = Reactions are not carried to the customer yet. Nothing was sent to the customer.
customer-sent = 📎 The customer sent something of the kind «{ $kind }», which is not shown here yet. It is kept.
customer-sent-blank = 📎 The customer sent a text with nothing in it that can be seen. It is kept.
customer-sent-with-text =
    { $text }

    📎 sent with something of the kind «{ $kind }», which is not shown here yet. It is kept.
customer-sent-unsupported = 📎 The customer sent something that WhatsApp does not pass on to businesses. Ask them to send it in another way.
customer-forwarded = ↪ Forwarded
customer-asks-about = 🛍 About the product «{ $product }»
customer-came-by-ad = 📣 Came through an advertisement
customer-came-by-post = 📣 Came through a post
customer-came-by = 📣 Came through «{ $kind }»
customer-location = 📍 { $latitude }, { $longitude }
customer-own-contact = ☑ The customer's own number:
customer-called = 📞 The customer is calling on WhatsApp. Only a phone can take calls: write to them, or call back.
customer-new-number = 📱 The customer has a new phone number: +{ $phone }. Messages go there from now on; it is the same conversation.
customer-move-refused = ⚠ WhatsApp says that the customer has a new number or id, but it belongs to another conversation here. Nothing was changed: make sure whom you write to.
customer-new-id = 📱 The customer has a new WhatsApp id, usually because of a new number. It is the same conversation.
customer-new-key = 🔐 The customer's security code has changed: a new phone, or somebody else at it. Check with them before you share anything private.
customer-opted-out = 🔕 The customer wants no more marketing messages.
customer-opted-in = 🔔 The customer wants marketing messages (again).
from-phone = 📱 From the phone:
phone-edited = 📱 A line was changed on the phone. It now says: { $text }
phone-deleted = 📱 A line was deleted on the phone.
customer-form = 📋 The customer filled in a form:
customer-order = 🛒 Order:
customer-order-sum = Total { $sum }
customer-reacted-unknown = The customer reacted with { $emoji } to a message that is not known here.
customer-unreacted-unknown = The customer took back a reaction to a message that is not known here.
customer-edited-unknown = ✏ The customer changed a message that is not known here. It now says: { $text }
customer-deleted-unknown = 🗑 The customer deleted a message that is not known here.
needs-a-human = 🙋 { $contact } · { $channel } · #{ $case } needs a human: { $link } · ✋ takes it
claimed = ✓ { $agent } { $time } · { $contact } · #{ $case }
queue-empty = Nobody waits for a human.
queue-entry = 🙋 #{ $case } { $contact } · { $channel } · waits { $minutes } min · { $link }
command-not-here = ⚠ This command does not work here. Nothing was sent to the customer.
welcome-direct = Commands that need no conversation work here, privately: { $prefix }help lists them.

## What happened (work/trace)

trace-told = { $lines }
trace-unknown = Nothing is known about that.
trace-conversation = 🔎 { $id } · { $account } · { $owner } · #{ $case } · epoch { $epoch }
trace-room = room { $room } · attempt { $attempt } · shows { $shown } of { $wanted }
trace-waiting = lane { $lane }: { $rows } wait, the oldest since { $since }
trace-message = { $time } · { $id } · { $direction } · { $state }
trace-from-customer = from the customer
trace-from-agent = to the customer, by { $agent }
trace-part = part { $n } · { $state } · { $provider }
trace-attempt = { $time } · { $id } · part { $n } · { $outcome } { $detail } · ended { $ended }
trace-event = { $time } · event { $event } · { $kind } · { $row }
trace-row = { $time } · { $row } · lane { $lane } · { $state } · failed tries { $tries } { $error }

## Alarms (work)

alarm-account = ⚠ { $account }: { $what }
alarm-channel-up = ✓ { $account } takes messages again; those that waited are on their way.
alarm-clock = ⚠ This machine's clock and the homeserver's are { $seconds } s apart: times shown to agents are wrong. Run a time service on both.
alarm-clock-over = ✓ This machine's clock and the homeserver's agree again.
alarm-database-away = ⚠ The database took nothing for { $minutes } min. Nothing was lost: whoever sent something meanwhile tries again. The log says why.
alarm-disk = ⚠ Only { $megabytes } MB are left on the database's disk. Make room: once it is full, nothing that comes in is taken.
alarm-disk-over = ✓ There is room again on the database's disk.
alarm-homeserver-away = ⚠ The homeserver was not reachable from { $since }. Lines for rooms waited.
alarm-homeserver-back = ✓ The homeserver is reachable again; what waited is on its way.
alarm-lane-stuck = ⚠ Something has waited for { $minutes } min in the lane «{ $lane }». Run: loket doctor
alarm-lane-stuck-over = ✓ Nothing waits too long in the lane «{ $lane }» any more.
alarm-dead = ⚠ Something could not be done and was put aside ({ $row }): { $what }. The log says more; it is kept for 30 days.
alarm-encrypted = ⚠ Portals come up encrypted, and Loket cannot read what agents write there. In the homeserver's configuration, set encryption_enabled_by_default_for_room_type to off, then restart it.
alarm-encrypted-over = ✓ New rooms come up unencrypted again.
alarm-homeserver-refuses = ⚠ The homeserver refuses what Loket asks of it ({ $code }). Is the registration loaded, and are its tokens those of config.yaml? Everything waits and is tried again.
alarm-homeserver-takes = ✓ The homeserver takes again what Loket asks of it.
alarm-invite = ⚠ { $agent } could not be invited into a room ({ $code }). Is the user id in the configuration right?
alarm-unrouted = ⚠ Webhooks come for the account { $account }, which is not in the configuration. They are kept for 30 days.
alarm-parked = ⚠ The homeserver sent something that Loket cannot read: perhaps an agent's line that the customer did not get. It is kept for 30 days.
alarm-unparsed = ⚠ A webhook of { $account } was not understood ({ $what }). It is kept for 30 days, its whole body for 7.
alarm-address-conflict = ⚠ A customer wrote with a phone number and a user id that belong to two known customers. It was taken for the one with the phone number; the two were not merged.
