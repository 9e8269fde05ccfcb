//! [`Rich`] → HTML.

use ruma::UserId as MatrixUser;

use super::line::has_known_scheme;
use crate::domain::rich::{Block, Inline, Rich};

/// Whether `rich` says more than its plain text does.
pub fn needs_html(rich: &Rich) -> bool {
    rich.blocks.iter().any(|block| match block {
        Block::Paragraph(inlines) => inlines.iter().any(|inline| match inline {
            Inline::Text(_) | Inline::Break => false,
            // Clients make bare addresses into links by themselves.
            Inline::Link { text, url } => *text != [Inline::Text(url.clone())],
            Inline::Bold(_)
            | Inline::Italic(_)
            | Inline::Strike(_)
            | Inline::Code(_)
            | Inline::Pill { .. } => true,
        }),
        Block::Quote(_) | Block::List { .. } | Block::Code(_) => true,
    })
}

/// Writes `rich` as HTML; everything in it is escaped.
pub fn write(rich: &Rich) -> String {
    let mut html = String::new();
    blocks(&rich.blocks, &mut html);
    html
}

/// Writes a container's blocks; a single paragraph needs no tag.
fn blocks(all: &[Block], html: &mut String) {
    if let [Block::Paragraph(line)] = all {
        return inlines(line, html);
    }
    for block in all {
        match block {
            Block::Paragraph(line) => wrap("p", html, |html| inlines(line, html)),
            Block::Quote(quoted) => wrap("blockquote", html, |html| blocks(quoted, html)),
            Block::List { start, items } => list(*start, items, html),
            Block::Code(code) => {
                html.push_str("<pre><code>");
                escape(code, html);
                html.push_str("</code></pre>");
            }
        }
    }
}

/// Writes a list.
fn list(start: Option<u64>, items: &[Vec<Block>], html: &mut String) {
    match start {
        None => html.push_str("<ul>"),
        Some(1) => html.push_str("<ol>"),
        Some(start) => {
            html.push_str("<ol start=\"");
            html.push_str(&start.to_string());
            html.push_str("\">");
        }
    }
    for item in items {
        wrap("li", html, |html| blocks(item, html));
    }
    html.push_str(if start.is_some() { "</ol>" } else { "</ul>" });
}

/// Writes the pieces of a paragraph.
fn inlines(line: &[Inline], html: &mut String) {
    for inline in line {
        match inline {
            Inline::Text(text) => escape(text, html),
            Inline::Bold(inner) => wrap("strong", html, |html| inlines(inner, html)),
            Inline::Italic(inner) => wrap("em", html, |html| inlines(inner, html)),
            Inline::Strike(inner) => wrap("del", html, |html| inlines(inner, html)),
            Inline::Code(code) => wrap("code", html, |html| escape(code, html)),
            Inline::Link { text, url } if has_known_scheme(url) => {
                link(url, html, |html| inlines(text, html));
            }
            Inline::Link { text, .. } => inlines(text, html),
            Inline::Pill { user, name } => match MatrixUser::parse(user.as_str()) {
                Ok(user) => {
                    let url = user.matrix_to_uri().to_string();
                    link(&url, html, |html| escape(name, html));
                }
                Err(_) => escape(name, html),
            },
            Inline::Break => html.push_str("<br>"),
        }
    }
}

/// Writes an element around what `inner` writes.
fn wrap(name: &str, html: &mut String, inner: impl FnOnce(&mut String)) {
    html.push('<');
    html.push_str(name);
    html.push('>');
    inner(html);
    html.push_str("</");
    html.push_str(name);
    html.push('>');
}

/// Writes a link around what `inner` writes.
fn link(url: &str, html: &mut String, inner: impl FnOnce(&mut String)) {
    html.push_str("<a href=\"");
    escape(url, html);
    html.push_str("\">");
    inner(html);
    html.push_str("</a>");
}

/// Writes text so that it is only text. NUL cannot be stored by homeservers.
fn escape(text: &str, html: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\0' => {}
            _ => html.push(letter),
        }
    }
}
