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
help-help = Daftar perintah, atau penjelasan salah satunya.
