//! A customer, writing on WhatsApp.

use loket::domain::contact::{Address, AddressKind, Sender};
use loket::domain::content::Content;
use loket::domain::ids::ProviderId;
use loket::domain::inbound::{Along, Event, Said, Update};
use loket::domain::redact::Private;
use loket::domain::rich::Rich;

use super::{NUMBER, TestApp};

/// A customer.
#[derive(Debug, Clone)]
pub(crate) struct Contact<'a> {
    /// The application.
    app: &'a TestApp,
    /// The name they give themselves.
    name: String,
    /// Their phone number.
    phone: String,
}

impl<'a> Contact<'a> {
    /// A customer called `name`, with a number made of it.
    pub(super) fn new(app: &'a TestApp, name: &str) -> Self {
        let number: u32 = name.bytes().map(u32::from).sum();
        let (first, rest) = name.split_at(1);
        Self {
            app,
            name: format!("{}{rest}", first.to_uppercase()),
            phone: format!("62800{number:06}"),
        }
    }

    /// The same customer by another name.
    pub(crate) fn known_as(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Their phone number.
    pub(crate) fn address(&self) -> String {
        self.phone.clone()
    }

    /// Says something; taken in.
    pub(crate) async fn says(&self, text: &str) -> ProviderId {
        let update = self.line(text);
        let id = update.id.clone().unwrap();
        self.app.webhook(vec![update]).await;
        self.app.settle().await;
        id
    }

    /// A line as a channel reads it; told to nobody yet.
    pub(crate) fn line(&self, text: &str) -> Update {
        self.update("text", Content::Text(Rich::from_plain(text)))
    }

    /// Something that is shown by its kind only.
    pub(crate) fn thing(&self, kind: &str, caption: Option<&str>) -> Update {
        let content = Content::Other {
            kind: kind.into(),
            text: caption.map(str::to_owned),
            target: None,
        };
        self.update(kind, content)
    }

    /// A content as a channel reads it; told to nobody yet.
    pub(crate) fn content(&self, content: Content) -> Update {
        let kind = content.kind().to_owned();
        self.update(&kind, content)
    }

    /// Does something to a message; taken in.
    pub(crate) async fn does(&self, event: Event) {
        let update = self.act(event);
        self.app.webhook(vec![update]).await;
        self.app.settle().await;
    }

    /// Something done to a message as a channel reads it; told to nobody yet.
    pub(crate) fn act(&self, event: Event) -> Update {
        Update {
            event,
            ..self.line("")
        }
    }

    /// Anything they say.
    fn update(&self, kind: &str, content: Content) -> Update {
        let id = format!("wamid.in.{}", self.app.next());
        Update {
            account: NUMBER.into(),
            kind: kind.into(),
            id: Some(id.as_str().into()),
            dedupe_key: id,
            timestamp: Some(self.app.works().clock.now()),
            sender: Some(Sender {
                addresses: vec![Address {
                    kind: AddressKind::Phone,
                    value: self.phone.as_str().into(),
                }],
                name: Some(Private::from(self.name.clone())),
                username: None,
            }),
            event: Event::Said(Said {
                content,
                reply_to: None,
                along: Along::default(),
            }),
            unparsed: None,
            fragment: "{}".into(),
        }
    }
}
