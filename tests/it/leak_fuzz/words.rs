//! Ordinary prose: what agents of a shop write to customers, in English and
//! Indonesian. No line starts with a command's or a note's prefix.

use super::dice::Dice;

/// Whole sentences with blanks, in English.
const ENGLISH: &[&str] = &[
    "Hello {name}, thank you for waiting!",
    "Hi {name}! Your {item} is ready for pickup at {time}.",
    "Note that our shop closes at {time} on {day}.",
    "Note the tracking number: JNE{n}{n}, it works from {time}.",
    "The {item} costs {price}, or {price} with shipping.",
    "You have paid {frac} of it; the rest is due on {day}.",
    "Please write to {mail} and attach the invoice.",
    "You can follow the order here: {url}",
    "{price} is the final price, no hidden costs.",
    "Is {time} on {day} good for you?",
    "We have {n} of the {item} left (size M/L).",
    "Sorry about that!!! We will send a new {item} today.",
    "{url} has all the details.",
    "Please note: the {item} ships separately.",
    "Just reply /start to our delivery bot to see the driver.",
    "The code is {n}-{n}; it is valid until {time};; after that ask us again.",
    "Our ratio of on-time parcels is {frac} this month.",
    "Great news: the {item} is back!",
    "I'll check with the warehouse and/or the courier.",
    "Don't worry, {name} – it's covered by the warranty.",
    "We're open 24/7, also on {day}.",
    "Private lessons start on {day} at {time}.",
    "Notes on the {item}: wash cold, dry flat.",
    "Notebook: {price}, pencil: {price}.",
    "Noted, {name}: two {item}s.",
    "note taken, thanks",
    "OK",
    "Yes.",
    "Done – refund of {price} is on its way!",
    "{mail} is the address for invoices.",
    "Ask for !help at the counter :)",
    "A/B or C? Tell us which {item} you'd like.",
    "Use the coupon HEMAT{n}!",
    "Reminder; {day}, {time}.",
];

/// Whole sentences with blanks, in Indonesian.
const INDONESIAN: &[&str] = &[
    "Halo kak {name}, terima kasih sudah menunggu ya!",
    "Pesanan {item} kakak sudah dikirim, resinya JP{n}{n}.",
    "Harganya {price} saja, sudah termasuk ongkir.",
    "Catatan pesanan: {item} warna biru, ukuran L.",
    "Catatannya sudah kami terima kak.",
    "Catat ya kak: toko buka jam {time}.",
    "Mohon ditunggu, kami cek dulu ke gudang…",
    "Untuk {day} kami buka pukul {time} s/d 21.00.",
    "Bisa transfer ke rekening BCA {n}{n} a/n Toko Kita.",
    "Sudah {frac} jalan kak, sebentar lagi sampai!",
    "Silakan cek {url} untuk ukurannya.",
    "Bukti transfer boleh dikirim ke {mail}.",
    "Maaf kak, stok {item} tinggal {n}.",
    "Wah, mantap!! Terima kasih banyak kak {name}!",
    "Siap kak",
    "Baik, kami proses {day} pukul {time}.",
    "Promo {day}: beli {n} gratis 1!",
    "Ketik /menu di aplikasi kalau mau lihat daftar harga.",
    "Ongkirnya {price}/kg, minimal {n} kg.",
    "Boleh minta alamat lengkapnya?",
    "Tolong dicatat: {price} sudah lunas.",
    "Diskon {frac}? Belum ada kak, hehe.",
    "Ada yang bisa kami bantu lagi, kak?",
    "Mohon maaf atas keterlambatannya ya kak {name}.",
    "{item} yang ini {price}, yang itu {price}.",
    "Rp\u{a0}{n}.000 per {item}.",
    "Pukul {time} WIB/WITA?",
];

/// Whole lines that look a little like something internal and are not.
const TRAPS: &[&str] = &[
    ";) siap kak",
    "; jadi totalnya {price}",
    "‼️ Promo hanya {day}",
    "❗Penting: bawa KTP ya",
    "⁉️ Kok bisa?",
    "…! baru sampai",
    "?! Kok begitu",
    "(!) Harap bawa bukti bayar",
    "«!takeover» itu nama warnanya",
    "\"Note: fragile\" is printed on the box",
    "'/6' artinya per enam",
    "*Promo {day}!*",
    "_Stok terbatas_, catatan: ukuran L habis",
    "- {item}: {price}",
    "• {item}: {price}",
    "1. {item}",
    "5/6 dari total sudah dibayar",
    "1/2 kg = {price}",
    "50% off!",
    "+62 8{n}{n} nomor kurirnya",
    "~{price}~ sekarang {price}",
    "=) sama-sama kak",
    ":; haha",
    ": {price}",
    "¡Hola {name}!",
    "您好！价格：500。",
    "ありがとうございます！",
    "👍",
    "🙏🙏🙏",
    "👨‍👩‍👧 paket keluarga: {price}",
    "🇮🇩 Merdeka!!!",
    "1️⃣ pilih {item} 2️⃣ bayar {price}",
    "✅ lunas",
    "⚠️ Hati-hati penipuan!",
    "Private room: {price} per malam",
    "Privately owned: yes",
    "Keynote: {day}",
    "NB: {time}",
    "PS: catatan: tidak ada",
    "Note–{item}",
    "Notes: {item}, {item}",
    "noted: {item}",
    "Note to self is a book: {price}",
    "Catatan untuk kakak: bawa KTP",
    "http://toko.example/!promo",
    "toko.example/solve",
    "ayu@toko.example bisa dihubungi",
    "$5/6",
    "%",
    "1",
];

/// What may follow a sentence.
const TAILS: &[&str] = &[
    "",
    "",
    "",
    "",
    " 😊",
    " 🙏",
    "!",
    "!!!",
    " ❤️",
    " 👍🏽",
    " 👨‍👩‍👧",
    " ;)",
    " :D",
    " …",
    " (Ayu dari tim kami)",
    " – Sari",
];

/// Customers' names.
const NAMES: &[&str] = &["Rina", "Joko", "Putri", "Wulan", "Tom", "Zoë", "Nur"];
/// Goods.
const ITEMS: &[&str] = &["kaos", "batik", "kopi 250g", "lamp", "shirt", "tas", "kue"];
/// Prices.
const PRICES: &[&str] = &[
    "Rp50.000",
    "Rp 1.250.000,-",
    "$12.50",
    "€9,99",
    "150rb",
    "1,5jt",
    "IDR 75,000",
];
/// Times of day.
const TIMES: &[&str] = &["09:00", "17.30", "5 pm", "12:05", "jam 8"];
/// Days.
const DAYS: &[&str] = &[
    "Monday",
    "Senin",
    "12/11",
    "besok",
    "2026-12-01",
    "tomorrow",
];
/// Addresses of pages.
const URLS: &[&str] = &[
    "https://toko.example/p/42?x=1&y=2#top",
    "http://toko.example/!promo",
    "toko.example/track/99",
    "https://maps.example/@-6.2,106.8,15z",
];
/// E-mail addresses.
const MAILS: &[&str] = &["cs@toko.example", "ayu.order+1@toko.example"];
/// Fractions.
const FRACTIONS: &[&str] = &["5/6", "1/2", "3/4", "2 / 3", "½"];

/// Fills the first of each blank of `template`, until none is left.
fn fill(dice: &mut Dice, template: &str) -> String {
    let blanks: [(&str, &[&str]); 8] = [
        ("{name}", NAMES),
        ("{item}", ITEMS),
        ("{price}", PRICES),
        ("{time}", TIMES),
        ("{day}", DAYS),
        ("{url}", URLS),
        ("{mail}", MAILS),
        ("{frac}", FRACTIONS),
    ];
    let mut text = template.to_owned();
    for (blank, words) in blanks {
        while text.contains(blank) {
            let word = *dice.pick(words);
            text = text.replacen(blank, word, 1);
        }
    }
    while text.contains("{n}") {
        text = text.replacen("{n}", &(10 + dice.below(990)).to_string(), 1);
    }
    text
}

/// A sentence.
pub(crate) fn sentence(dice: &mut Dice) -> String {
    let list = if dice.chance(50) { ENGLISH } else { INDONESIAN };
    let template = *dice.pick(list);
    fill(dice, template)
}

/// A line of ordinary prose: one to three sentences, or a trap.
pub(crate) fn line(dice: &mut Dice) -> String {
    if dice.chance(20) {
        let template = *dice.pick(TRAPS);
        return fill(dice, template);
    }
    let mut line = sentence(dice);
    for _ in 0..dice.below(3) {
        line.push(' ');
        line.push_str(&sentence(dice));
    }
    let tail = *dice.pick(TAILS);
    line.push_str(tail);
    line
}

/// Lines of ordinary prose, at least one.
pub(crate) fn lines(dice: &mut Dice) -> Vec<String> {
    let count = dice.weigh(&[(60, 1), (20, 2), (14, 3), (6, 6)]);
    (0..count).map(|_| line(dice)).collect()
}
