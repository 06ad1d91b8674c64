"""JSON doors of this room, below /api/v1/."""

from django.urls import path

from orders import (
    api,
    api_addresses,
    api_changes,
    api_hooks,
    api_import_jobs,
    api_imports,
    api_parcels,
    api_refunds,
    api_returns,
)

app_name = "orders_api"
urlpatterns = [
    path("orders/", api.OrderList.as_view(), name="orders"),
    path("orders/imports/", api_imports.ImportList.as_view(), name="imports"),
    path("orders/imports/<str:public_id>/", api_imports.ImportDetail.as_view(), name="import"),
    path("orders/imports/<str:public_id>/rows/", api_imports.ImportRows.as_view(), name="import-rows"),
    path("order-imports/", api_import_jobs.JobList.as_view(), name="import-jobs"),
    path("order-imports/<str:public_id>/", api_import_jobs.JobDetail.as_view(), name="import-job"),
    path("order-imports/<str:public_id>/check/", api_import_jobs.JobCheck.as_view(), name="import-check"),
    path("order-imports/<str:public_id>/run/", api_import_jobs.JobRun.as_view(), name="import-run"),
    path(
        "order-imports/<str:public_id>/rejected/",
        api_import_jobs.JobRejected.as_view(),
        name="import-rejected",
    ),
    path("orders/<str:ref>/", api.OrderDetail.as_view(), name="order"),
    path("orders/<str:ref>/record/", api.OrderRecordView.as_view(), name="order-record"),
    path("orders/<str:ref>/cancel/", api.OrderCancel.as_view(), name="order-cancel"),
    path("orders/<str:ref>/address/", api_addresses.OrderAddress.as_view(), name="order-address"),
    path("addresses/", api_addresses.Addresses.as_view(), name="addresses"),
    path("addresses/<str:public_id>/", api_addresses.AddressDetail.as_view(), name="address"),
    path("orders/<str:ref>/changes/", api_changes.OrderChanges.as_view(), name="order-changes"),
    path("orders/<str:ref>/notes/", api_changes.OrderNote.as_view(), name="order-note"),
    path("orders/<str:ref>/resend/", api_changes.OrderResend.as_view(), name="order-resend"),
    path("orders/<str:ref>/security/clear/", api_changes.OrderMarkClear.as_view(), name="order-mark-clear"),
    path("changes/<str:public_id>/answer/", api_changes.ChangeAnswer.as_view(), name="change-answer"),
    path("changes/<str:public_id>/withdraw/", api_changes.ChangeWithdraw.as_view(), name="change-withdraw"),
    path("orders/<str:ref>/returns/", api_returns.OrderReturns.as_view(), name="order-returns"),
    path("orders/<str:ref>/returns/photos/", api_returns.ReturnPhotos.as_view(), name="return-photos"),
    path("orders/<str:ref>/refunds/", api_refunds.OrderRefunds.as_view(), name="order-refunds"),
    path("refunds/<str:public_id>/confirm/", api_refunds.RefundConfirm.as_view(), name="refund-confirm"),
    path("refunds/<str:public_id>/retry/", api_refunds.RefundRetry.as_view(), name="refund-retry"),
    path("hooks/shopify/<slug:store>/", api_hooks.ShopifyHook.as_view(), name="hook-shopify"),
    path("hooks/woocommerce/<slug:store>/", api_hooks.WooHook.as_view(), name="hook-woocommerce"),
    path("hooks/aftership/<slug:store>/", api_hooks.AfterShipHook.as_view(), name="hook-aftership"),
    path("late-parcels/", api_parcels.LateParcels.as_view(), name="late-parcels"),
    path("parcel-rules/", api_parcels.RulesList.as_view(), name="parcel-rules-list"),
    path("parcel-rules/<slug:store>/", api_parcels.RulesDetail.as_view(), name="parcel-rules"),
    path("returns/", api_returns.ReturnList.as_view(), name="returns"),
    path("returns/<str:public_id>/", api_returns.ReturnDetail.as_view(), name="return"),
    *(
        path(f"returns/<str:public_id>/{step}/", view.as_view(), name=f"return-{step}")
        for step, view in api_returns.STEPS.items()
    ),
]
