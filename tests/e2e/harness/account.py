"""The business's WhatsApp number, as the simulator and the daemon both know it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """One number and its secrets. The values are invented."""

    #: The account's id in the daemon's configuration and in the webhook's path.
    id: str = "wa"
    phone_number_id: str = "106540352242922"
    business_account_id: str = "102290129340398"
    display_phone_number: str = "+1 202-555-0100"
    access_token: str = "simulated-access-token"
    app_secret: str = "simulated-app-secret"
    verify_token: str = "simulated-verify-token"
