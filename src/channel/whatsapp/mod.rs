//! `WhatsApp` Business, Cloud API.
