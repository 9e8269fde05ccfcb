//! WhatsApp Business, Cloud API.
