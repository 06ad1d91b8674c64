"""The only writers of this room, one function for each thing that a person or a feed can do."""

from orders.actions.addresses import change_address, make_default, remove_address, save_address
from orders.actions.cancel import cancel_order
from orders.actions.changes import answer_change, lapse_change, propose_change, withdraw_change
from orders.actions.mailed import KEEP_MAIL, keep_mail
from orders.actions.notes import note_on_order, order_resend
from orders.actions.promises import keep_telling
from orders.actions.record import add_record, add_steps, erase_details
from orders.actions.refund_sending import mark_refunded, retry_refund, send_refund
from orders.actions.refunds import order_refund
from orders.actions.refusals import agree_to_refusal, decline_refusal, propose_refusal
from orders.actions.return_photos import remove_return_photo, store_return_photo
from orders.actions.returns import (
    Asked,
    Checked,
    apply_for_return,
    approve_return,
    ask_about_return,
    check_return,
    inspect_lines,
    note_answer,
    receive_goods,
    withdraw_return,
)
from orders.actions.security import clear_mark
from orders.actions.shipments import add_scan, add_shipment
from orders.actions.stores import save_store
from orders.actions.upsert import Upserted, upsert_order
from orders.actions.watching import keep_parcel_telling, look_at_due, save_parcel_rules

__all__ = [
    "KEEP_MAIL",
    "Asked",
    "Checked",
    "Upserted",
    "add_record",
    "add_scan",
    "add_shipment",
    "add_steps",
    "agree_to_refusal",
    "answer_change",
    "apply_for_return",
    "approve_return",
    "ask_about_return",
    "cancel_order",
    "change_address",
    "check_return",
    "clear_mark",
    "decline_refusal",
    "erase_details",
    "inspect_lines",
    "keep_mail",
    "keep_parcel_telling",
    "keep_telling",
    "lapse_change",
    "look_at_due",
    "make_default",
    "mark_refunded",
    "note_answer",
    "note_on_order",
    "order_refund",
    "order_resend",
    "propose_change",
    "propose_refusal",
    "receive_goods",
    "remove_address",
    "remove_return_photo",
    "retry_refund",
    "save_address",
    "save_parcel_rules",
    "save_store",
    "send_refund",
    "store_return_photo",
    "upsert_order",
    "withdraw_change",
    "withdraw_return",
]
