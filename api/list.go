package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/paycode/paycode/access"
)

// listCall answers one of two shapes, which is what the contract says: with
// order_no a payment, with date a page.
func (a *API) listCall() {
	r := route{method: "GET", path: "/v1/payments", id: "list-payments", tag: "Merchant", role: access.RoleMerchant, status: http.StatusOK,
		summary: "What became of an order, or a day's payments",
		about:   "With order_no: the payment that the order is at; 404 also while its first attempt is not yet decided. With date: one page of that day's payments. One of the two is needed.",
		codes:   []Code{NotFound}}
	register(a, r, a.list)
	schemas := a.huma.OpenAPI().Components.Schemas
	a.huma.OpenAPI().Paths[r.path].Get.Responses["200"] = &huma.Response{
		Description: "With order_no a Payment, with date a PaymentList",
		Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{OneOf: []*huma.Schema{
			schemas.Schema(reflect.TypeFor[Payment](), true, ""), schemas.Schema(reflect.TypeFor[PaymentList](), true, ""),
		}}}},
	}
}
