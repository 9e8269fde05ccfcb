# What the desk says, in Indonesian. Keys are in the order of `en.ftl`.
# A refusal that comes before sending ends with "Tidak ada yang dikirim ke pelanggan."

## The one door (domain/leak)

not-sent-file = ⚠ Tidak dikirim: berkas belum bisa dikirim ke pelanggan.
not-sent-kind = ⚠ Tidak dikirim: hanya teks yang bisa dikirim ke pelanggan.
not-sent-empty = ⚠ Tidak dikirim: tanpa kutipan, pesan ini kosong.
not-sent-encrypted = ⚠ Tidak dikirim: ruang ini terenkripsi dan Loket tidak bisa membacanya. Minta operator menjalankan: loket doctor
not-sent-assistant-owns = ⚠ Tidak dikirim: asisten sedang menjawab di sini. !takeover dulu, lalu tulis lagi.
not-sent-foreign = ⚠ Tidak dikirim: percakapan ini dipegang { $owner }. !takeover force, lalu tulis lagi.

## Commands (command)

command-unknown = ⚠ Tidak ada perintah «{ $word }». { $send } mengirim teks apa adanya. Tidak ada yang dikirim ke pelanggan.
command-unknown-nearest = ⚠ Tidak ada perintah «{ $word }»: maksudnya { $nearest }? { $send } mengirim teks apa adanya. Tidak ada yang dikirim ke pelanggan.
command-usage = ⚠ Cara pakai: { $usage }. Tidak ada yang dikirim ke pelanggan.
command-role = ⚠ { $command } hanya untuk peran «{ $role }» ke atas. Tidak ada yang dikirim ke pelanggan.
command-place-portal = ⚠ { $command } hanya berlaku di ruang percakapan. Tidak ada yang dikirim ke pelanggan.
command-place-desk = ⚠ { $command } hanya berlaku di lobi dan di obrolan langsung dengan desk. Tidak ada yang dikirim ke pelanggan.
resend-needs-reply = ⚠ Balas pesan yang mau dikirim ulang, atau tekan 🔁 padanya. Tidak ada yang dikirim ke pelanggan.
role-agent = agen
role-supervisor = supervisor
role-admin = admin

help-overview =
    { $lines }

    Penjelasan satu perintah: { $more } perintah
help-nothing = Tidak ada perintah untuk ruang ini.
help-line = { $usage } — { $help }
help-lines =
    { $above }
    { $line }
help-detail =
    { $usage } — { $help }
    Tempat: { $place }. Peran terendah: { $role }.
help-aliases = Nama lain: { $names }
help-place-portal = di ruang percakapan
help-place-desk = di lobi dan di obrolan langsung dengan desk
help-place-both = di mana saja
help-takeover = Menghentikan asisten atau skrip: Anda yang menjawab. Dengan force juga dari rekan. Tombol: ✋
help-solve = Menutup kasus; pesan berikutnya membuka kasus baru. Tombol di kartu: ✅
help-note = Menyimpan catatan untuk tim. Sama saja: ;; atau catatan: di depan pesan.
help-send = Mengirim teks apa adanya, apa pun awalannya.
help-mode = Mode catatan: pesan biasa Anda menjadi catatan sampai mode dikembalikan.
help-undo = Membatalkan pesan terbaru Anda yang belum terkirim.
help-resend = Sebagai balasan: mengirim ulang pesan itu. Tombol: 🔁
help-queue = Daftar percakapan yang menunggu manusia, yang terlama lebih dulu.
help-trace = Menceritakan apa yang terjadi pada sebuah baris (sebagai balasan), percakapan ini, atau sebuah kasus: waktu, baris antrean, percobaan.
help-help = Daftar perintah, atau penjelasan salah satunya.

## A conversation (domain/conversation)

taken-over = 👤 { $agent } mengambil alih dari { $from } · 🤖 mengembalikannya
taken-over-from-agent = 👤 { $agent } mengambil alih dari { $from }
given-back = ↩ { $agent } membatalkan pesannya: percakapan kembali ke { $to }
owner-assistant = asisten
owner-script = skrip
owner-queue = antrean
owner-phone = ponsel
owner-agent = { $agent }
ago-minutes = { $n } menit lalu
ago-hours = { $n } jam lalu
ago-days = { $n } hari lalu
has-it = Dipegang { $agent } ({ $ago }): !takeover force. Tidak ada yang dikirim ke pelanggan.
has-it-undated = Dipegang { $agent }: !takeover force. Tidak ada yang dikirim ke pelanggan.
takeover-solved = Percakapan ini sudah selesai: tidak ada yang bisa diambil alih. Pesan ke pelanggan akan membuka kasus baru. Tidak ada yang dikirim ke pelanggan.
already-solved = Percakapan ini sudah selesai. Tidak ada yang dikirim ke pelanggan.
held-foreign = ⏸ Ditahan: percakapan ini dipegang { $agent }. ✅ kirim · ❌ batalkan (tidak dikirim setelah 10 menit)
held-foreign-again = ⏸ Masih ditahan, dan ada yang berubah sejak itu: tetap kirim? ✅ kirim · ❌ batalkan (tidak dikirim setelah 10 menit)
held-doubt = ⏸ Ditahan: salah satu baris berikutnya mirip perintah atau catatan. ✅ kirim semuanya ke pelanggan · ❌ batalkan (tidak dikirim setelah 10 menit)
held-doubt-again = ⏸ Masih ditahan karena sebagian tampak internal: ✅ kirim semuanya ke pelanggan · ❌ batalkan (tidak dikirim setelah 10 menit)
held-age = ⏸ Ditahan: ditulis { $ago }, dan baru sekarang bisa dikirim. ✅ kirim · ❌ batalkan
held-not-yours = Hanya { $agent }, penulisnya, yang bisa memutuskan pesan ini. Tidak ada yang dikirim ke pelanggan.
kept-window = ⏸ Disimpan, belum dikirim: pelanggan terakhir menulis lebih dari { $hours } jam lalu. Setelah pelanggan menulis lagi: ✅ kirim · ❌ batalkan
kept-never-wrote = ⏸ Disimpan, belum dikirim: pelanggan belum pernah menulis. Setelah pelanggan menulis: ✅ kirim · ❌ batalkan
kept-window-open = Pelanggan sudah menulis lagi, jadi pesan ini bisa dikirim sekarang: ✅ kirim · ❌ batalkan
not-sent-undecided = ⚠ Tidak dikirim: pesan ini tidak dikonfirmasi dalam 10 menit. Tulis lagi bila perlu.
not-sent-solved = ⚠ Tidak dikirim: kasus diselesaikan saat pesan ini masih menunggu.
edit-not-yours = Hanya { $agent }, penulisnya, yang bisa mengubah pesan ini.
edit-internal = Perubahan Anda tampak internal, jadi pesan ini dibatalkan. Tidak ada yang dikirim ke pelanggan.
edit-too-late = ⚠ Pesan sudah terkirim, dan kanal ini tidak bisa mengubah yang sudah dikirim: pelanggan menerima versi pertama. Kirim pesan baru untuk meralatnya.
edit-internal-too-late = ⚠ Pesan sudah terkirim: pelanggan menerima versi pertama. Perubahan Anda tampak internal dan tidak dikirim.
edit-taken-back = ⚠ Tidak terkirim: Anda membatalkan perubahan pesan ini, jadi pesannya ikut dibatalkan. Tulis lagi bila perlu.
edit-unknown = ⚠ Belum pasti apakah pesan terkirim sebelum Anda ubah. Perubahan Anda tidak dikirim.
edit-not-sent = Pesan ini tidak terkirim, begitu juga perubahan Anda. Tulis pesan baru.
redacted-too-late = ⚠ Pesan sudah terkirim, dan kanal ini tidak bisa menarik yang sudah dikirim: pelanggan menerimanya.
redacted-unknown = ⚠ Belum pasti apakah pesan terkirim sebelum Anda menghapusnya.
nothing-to-undo = Tidak ada yang bisa dibatalkan: tidak ada pesan Anda yang masih menunggu.
resend-phone = Pesan ini ditulis di ponsel: hanya bisa dikirim ulang dari sana. Tidak ada yang dikirim ke pelanggan.
resend-held = Pesan ini ditahan: ✅ padanya untuk mengirim. Tidak ada yang dikirim ke pelanggan.
resend-under-way = Pesan ini masih dalam proses pengiriman.
resend-cancelled = Pesan ini sudah dibatalkan: tulis lagi. Tidak ada yang dikirim ke pelanggan.
resend-window-closed = Jendela kanal sudah tertutup: pesan ini baru bisa dikirim ulang setelah pelanggan menulis. Tidak ada yang dikirim ke pelanggan.

## WhatsApp (channel/whatsapp)
## `refused-…` are clauses that follow "Not sent:".

refused-window = pelanggan terakhir menulis lebih dari 24 jam yang lalu; WhatsApp hanya menerima template yang disetujui sampai mereka menulis lagi
refused-undeliverable = WhatsApp tidak dapat mengirim ke nomor ini (tidak memakai WhatsApp, aplikasi lama, atau belum menerima ketentuan)
refused-address = nomor telepon atau ID WhatsApp pelanggan ini tidak diketahui
refused-opted-out = pelanggan sudah menghentikan pesan jenis ini
refused-limit = WhatsApp sedang membatasi nomor ini (terlalu banyak laporan atau pesan); coba lagi nanti
refused-marketing = WhatsApp saat ini tidak mengirimkan pesan pemasaran ke pelanggan ini; tunggu setidaknya satu hari
refused-identity = kunci identitas pelanggan berubah; pastikan dengan mereka sebelum melanjutkan
refused-test-list = ini nomor uji coba dan pelanggan tidak ada dalam daftar penerimanya
refused-template = WhatsApp menolak template ({ $detail })
refused-ourselves = nomornya nomor kita sendiri
refused-not-allowed = WhatsApp tidak mengizinkan ini untuk akun kita ({ $code }: { $detail })
refused-kind = WhatsApp tidak menerima pesan jenis ini ({ $code })
refused-companion = hanya bisa dilihat di ponselnya sendiri ({ $code }); minta pelanggan membukanya di sana
refused-number-needed = untuk ini perlu nomor telepon pelanggan, yang tidak diberitahukan WhatsApp; tanyakan kepada pelanggan
refused-payments = pembayaran harus disetujui dulu di pengaturan Meta ({ $code }); operator harus bertindak
refused-as-it-is = WhatsApp tidak mengirim pesan ini tanpa menyebut alasannya ({ $code }); tulis dengan cara lain
refused-call = WhatsApp menolak panggilannya ({ $code }: { $detail })
refused-group = grup tidak bisa dipakai di sini ({ $code }: { $detail })
refused-block = WhatsApp tidak mengubah status blokir pelanggan ({ $code }: { $detail })
refused-form = formulirnya sedang diblokir atau terlalu sering dipakai ({ $code }); operator harus bertindak
refused-template-blanks = isian templatnya tidak sesuai ({ $detail })
refused-template-missing = templatnya tidak ada dalam bahasa ini
refused-template-long = dengan isiannya, templatnya terlalu panjang; persingkat isiannya
refused-template-policy = templatnya melanggar aturan WhatsApp; pilih yang lain
refused-template-paused = WhatsApp menjeda templat ini karena dinilai buruk oleh pelanggan; pilih yang lain
refused-template-disabled = WhatsApp menonaktifkan templat ini untuk selamanya; pilih yang lain
refused-template-marketing = cara ini hanya untuk templat pemasaran; pilih yang lain
refused-template-new = templatnya belum siap di WhatsApp; coba lagi sepuluh menit lagi
refused-file = WhatsApp menolak berkas ({ $detail })
refused-account = nomor ini sedang tidak boleh mengirim ({ $detail }); operator harus bertindak
refused-busy = WhatsApp mengalami gangguan sementara atau kami terlalu cepat (galat { $code }); 🔁 mengirim ulang
refused-invalid = WhatsApp menolaknya ({ $code }: { $detail })
refused-unexplained = WhatsApp melaporkan kegagalan tanpa alasan
down-token = { $account }: WhatsApp menolak token akses (galat { $code }). Isi access_token dengan yang baru. Pesan menunggu.
down-permission = { $account }: token akses kurang izin (galat { $code }). Dibutuhkan whatsapp_business_messaging dan whatsapp_business_management. Pesan menunggu.
down-registration = { $account }: nomor tidak terdaftar di Cloud API atau sudah dihapus (galat { $code }). Pesan menunggu.
down-policy = { $account }: WhatsApp mengunci akun karena pelanggaran aturan (galat { $code }). Pesan menunggu.
down-payment = { $account }: ada masalah pembayaran di Meta (galat { $code }). Pesan menunggu.
down-display-name = { $account }: nama tampilan nomor belum disetujui (galat { $code }). Pesan menunggu.
down-country = { $account }: bisnis tidak boleh menulis ke pelanggan di negara ini (galat { $code }). Pesan menunggu.
account-fault = WhatsApp melaporkan gangguan (galat { $code }: { $detail }).
account-quality = kualitas atau batas nomor berubah: { $event } { $limit }.
account-deleted = akun bisnis WhatsApp telah dihapus.
account-restricted = WhatsApp membatasi akun: { $detail }.
account-violation = WhatsApp melaporkan pelanggaran aturan: { $detail }.
account-disabled = status pemblokiran akun berubah: { $detail }.
account-disconnected = akun terputus dari aplikasi { $detail }. Pesan tidak lagi masuk.
account-reconnected = akun tersambung kembali.
account-event = Meta melaporkan tentang akun: { $event }.
account-template = template { $template } tidak dapat dipakai lagi: { $event } { $reason }.

## What the desk shows and rings (work)

not-sent = ⚠ Tidak terkirim: { $reason }.
may-not-have-been-sent = ⚠ Mungkin tidak terkirim: { $channel } tidak menjawab. 🔁 mengirimnya lagi.
partly-sent-too-old = ⚠ Baru sebagian yang terkirim: sisanya sudah menunggu lebih dari 30 menit. 🔁 mengirim sisanya.
refused-put-aside = Loket tidak bisa memproses baris ini dan menyisihkannya; operator sudah diberi tahu. 🔁 mengirimnya lagi
refused-too-old = sudah menunggu lebih dari 30 menit. 🔁 mengirimnya lagi
put-aside = ⚠ Ada yang masuk tetapi tidak bisa diproses dan disisihkan ({ $row }). Operator sudah diberi tahu; balas dengan !retry untuk mencobanya lagi.
put-aside-line = ⚠ Tidak terkirim: Loket tidak bisa memproses baris ini dan menyisihkannya. Operator sudah diberi tahu; balas dengan !retry untuk mencobanya lagi. Tidak ada yang dikirim ke pelanggan.
put-aside-partly = ⚠ Mungkin tidak terkirim seluruhnya: Loket tidak bisa memproses baris ini dan menyisihkannya. Operator sudah diberi tahu. 🔁 mengirim sisanya.
put-aside-unshown = ⚠ Ada pesan yang hilang di sini: tidak bisa ditampilkan dan disisihkan ({ $row }). Operator sudah diberi tahu; balas dengan !retry untuk mencobanya lagi.
reactions-not-sent = Reaksi belum diteruskan ke pelanggan. Tidak ada yang dikirim ke pelanggan.
customer-sent = 📎 Pelanggan mengirim sesuatu berjenis «{ $kind }» yang belum bisa ditampilkan di sini. Isinya disimpan.
customer-sent-blank = 📎 Pelanggan mengirim teks tanpa apa pun yang terlihat. Teksnya disimpan.
customer-sent-with-text =
    { $text }

    📎 dikirim bersama sesuatu berjenis «{ $kind }» yang belum bisa ditampilkan di sini. Isinya disimpan.
customer-sent-unsupported = 📎 Pelanggan mengirim sesuatu yang tidak diteruskan WhatsApp ke bisnis. Minta mereka mengirimnya dengan cara lain.
customer-forwarded = ↪ Diteruskan
customer-asks-about = 🛍 Tentang produk «{ $product }»
customer-came-by-ad = 📣 Datang dari iklan
customer-came-by-post = 📣 Datang dari kiriman
customer-came-by = 📣 Datang dari «{ $kind }»
customer-location = 📍 { $latitude }, { $longitude }
customer-own-contact = ☑ Nomor pelanggan sendiri:
customer-called = 📞 Pelanggan menelepon lewat WhatsApp. Panggilan hanya bisa diterima di ponsel: kirim pesan, atau telepon balik.
customer-new-number = 📱 Nomor telepon pelanggan berganti: +{ $phone }. Pesan selanjutnya dikirim ke sana; percakapannya tetap sama.
customer-move-refused = ⚠ Menurut WhatsApp nomor atau id pelanggan berganti, tetapi yang baru milik percakapan lain di sini. Tidak ada yang diubah: pastikan kepada siapa Anda menulis.
customer-new-id = 📱 Pelanggan mendapat id WhatsApp baru, biasanya karena ganti nomor. Percakapannya tetap sama.
customer-new-key = 🔐 Kode keamanan pelanggan berubah: ponsel baru, atau dipegang orang lain. Pastikan dulu sebelum membagikan hal pribadi.
customer-opted-out = 🔕 Pelanggan tidak mau lagi menerima pesan pemasaran.
customer-opted-in = 🔔 Pelanggan mau menerima pesan pemasaran (lagi).
from-phone = 📱 Dari ponsel:
phone-edited = 📱 Sebuah pesan diubah di ponsel. Sekarang bunyinya: { $text }
phone-deleted = 📱 Sebuah pesan dihapus di ponsel.
customer-form = 📋 Pelanggan mengisi formulir:
customer-order = 🛒 Pesanan:
customer-order-sum = Total { $sum }
customer-reacted-unknown = Pelanggan bereaksi dengan { $emoji } pada pesan yang tidak dikenal di sini.
customer-unreacted-unknown = Pelanggan menarik reaksinya pada pesan yang tidak dikenal di sini.
customer-edited-unknown = ✏ Pelanggan mengubah pesan yang tidak dikenal di sini. Sekarang bunyinya: { $text }
customer-deleted-unknown = 🗑 Pelanggan menghapus pesan yang tidak dikenal di sini.
needs-a-human = 🙋 { $contact } · { $channel } · #{ $case } menunggu agen: { $link } · ✋ mengambilnya
claimed = ✓ { $agent } { $time } · { $contact } · #{ $case }
queue-empty = Tidak ada yang menunggu agen.
queue-entry = 🙋 #{ $case } { $contact } · { $channel } · menunggu { $minutes } menit · { $link }
command-not-here = ⚠ Perintah ini tidak bisa dipakai di sini. Tidak ada yang dikirim ke pelanggan.
welcome-direct = Perintah yang tidak butuh percakapan bisa dipakai di sini secara pribadi: { $prefix }help menampilkan daftarnya.

## What happened (work/trace)

trace-told = { $lines }
trace-unknown = Tidak ada yang diketahui tentang itu.
trace-conversation = 🔎 { $id } · { $account } · { $owner } · #{ $case } · epoch { $epoch }
trace-room = ruang { $room } · percobaan { $attempt } · menampilkan { $shown } dari { $wanted }
trace-waiting = jalur { $lane }: { $rows } menunggu, yang tertua sejak { $since }
trace-message = { $time } · { $id } · { $direction } · { $state }
trace-from-customer = dari pelanggan
trace-from-agent = kepada pelanggan, oleh { $agent }
trace-part = bagian { $n } · { $state } · { $provider }
trace-attempt = { $time } · { $id } · bagian { $n } · { $outcome } { $detail } · selesai { $ended }
trace-event = { $time } · event { $event } · { $kind } · { $row }
trace-row = { $time } · { $row } · jalur { $lane } · { $state } · percobaan gagal { $tries } { $error }

## Alarms (work)

alarm-account = ⚠ { $account }: { $what }
alarm-channel-up = ✓ { $account } menerima pesan lagi; yang tertunda sedang dikirim.
alarm-clock = ⚠ Jam mesin ini dan jam homeserver berselisih { $seconds } dtk: waktu yang dilihat agen salah. Jalankan layanan waktu di keduanya.
alarm-clock-over = ✓ Jam mesin ini dan jam homeserver sudah sama lagi.
alarm-database-away = ⚠ Basis data tidak menerima apa pun selama { $minutes } mnt. Tidak ada yang hilang: pengirimnya akan mencoba lagi. Sebabnya ada di log.
alarm-disk = ⚠ Ruang di disk basis data tinggal { $megabytes } MB. Kosongkan sebagian: kalau penuh, tidak ada yang masuk bisa diterima.
alarm-disk-over = ✓ Disk basis data punya ruang lagi.
alarm-homeserver-away = ⚠ Homeserver tidak dapat dihubungi sejak { $since }. Baris untuk ruang-ruang menunggu.
alarm-homeserver-back = ✓ Homeserver dapat dihubungi lagi; yang menunggu sedang dikirim.
alarm-lane-stuck = ⚠ Ada yang sudah menunggu { $minutes } mnt di jalur «{ $lane }». Jalankan: loket doctor
alarm-lane-stuck-over = ✓ Tidak ada lagi yang menunggu terlalu lama di jalur «{ $lane }».
alarm-dead = ⚠ Ada yang tidak bisa dikerjakan dan disisihkan ({ $row }): { $what }. Rinciannya ada di log; disimpan 30 hari.
alarm-encrypted = ⚠ Ruang percakapan terenkripsi, jadi Loket tidak bisa membaca tulisan agen di sana. Di konfigurasi homeserver, atur encryption_enabled_by_default_for_room_type ke off, lalu mulai ulang.
alarm-encrypted-over = ✓ Ruang baru tidak lagi terenkripsi.
alarm-homeserver-refuses = ⚠ Homeserver menolak permintaan Loket ({ $code }). Apakah registrasinya dimuat, dan tokennya sama dengan di config.yaml? Semuanya menunggu dan dicoba lagi.
alarm-homeserver-takes = ✓ Homeserver kembali menerima permintaan Loket.
alarm-invite = ⚠ { $agent } tidak bisa diundang ke ruang ({ $code }). Apakah id pengguna di konfigurasi benar?
alarm-unrouted = ⚠ Webhook masuk untuk akun { $account } yang tidak ada di konfigurasi. Isinya disimpan 30 hari.
alarm-parked = ⚠ Homeserver mengirim sesuatu yang tidak bisa dibaca Loket: mungkin baris agen yang tidak sampai ke pelanggan. Disimpan selama 30 hari.
alarm-unparsed = ⚠ Webhook dari { $account } tidak dimengerti ({ $what }). Disimpan 30 hari, seluruh isinya 7 hari.
alarm-address-conflict = ⚠ Seorang pelanggan menulis dengan nomor telepon dan id pengguna milik dua pelanggan yang dikenal. Ia dianggap pemilik nomor telepon itu; keduanya tidak digabung.
