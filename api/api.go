package api

import (
	"context"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/platform"
	"github.com/paycode/paycode/settlement"
	"github.com/paycode/paycode/webhook"
)

// Config is what the API works with. All fields but PublicURL, Platform, Pages and Tills are needed.
type Config struct {
	Access     *access.Service
	Issuing    *issuing.Service
	Payments   *payment.Processor
	Webhooks   *webhook.Desk
	Events     Events
	History    History
	Clearing   *clearing.Service
	Rides      Rides
	Passback   time.Duration // for which a gate lets a pass through no more
	Books      Books
	Settlement *settlement.Service
	Profile    paycode.Profile
	Zone       *time.Location   // in which a merchant's day begins at midnight
	Now        func() time.Time // the clock
	Log        *slog.Logger
	Metrics    *prometheus.Registry
	// Ready reports why the server cannot serve at present, if so.
	Ready func(context.Context) error
	// PublicURL is how devices reach the server, such as https://pay.example.com,
	// without a slash at the end. Empty: the scheme and host of each request.
	PublicURL string
	// Platform verifies what tills of other systems are answered; nil where none is.
	Platform *platform.Certificate
	// Pages answers paths that are not the API's; nil for none.
	Pages http.Handler
	// Tills answers calls that are not ours, by patterns of net/http: those of
	// tills that speak another system's.
	Tills map[string]http.Handler
}

// History lists what was paid. A Store implements it.
type History interface {
	// MerchantPayments lists a merchant's payments made at or after from and
	// before to, newest first, those older than before (the zero id: all), at
	// most limit. Attempts that another attempt replaced are left out.
	MerchantPayments(ctx context.Context, merchant ids.Merchant, from, to time.Time, before ids.Payment, limit int) ([]payment.Payment, error)
	// PayerPayments lists a payer's payments likewise.
	PayerPayments(ctx context.Context, payer ids.Payer, before ids.Payment, limit int) ([]payment.Payment, error)
	// Movements answers what moved a merchant's account at or after from and before to.
	Movements(ctx context.Context, merchant ids.Merchant, from, to time.Time) iter.Seq2[payment.Movement, error]
	// Refunds lists the refunds of a payment, oldest first.
	Refunds(ctx context.Context, payment ids.Payment) ([]payment.Refund, error)
}

// Books recomputes every balance. A Store implements it.
type Books interface {
	Audit(ctx context.Context) (ledger.Report, error)
}

// API answers requests.
type API struct {
	Config
	mux       *http.ServeMux
	huma      huma.API
	document  []byte  // openapi.json
	routes    []route // in the order in which people should read of them
	payers    names[ids.Payer]
	merchants names[ids.Merchant]
	metrics   metrics
}

// strictly has huma take a name for there only as it is spelled, like the reader
// behind it: "Order_No" would pass for order_no, and be read as none.
var strictly = sync.OnceFunc(func() { huma.ValidateStrictCasing = true })

// New makes the API.
func New(c Config) (*API, error) {
	strictly()
	a := &API{Config: c, mux: http.NewServeMux(), metrics: newMetrics(c.Metrics)}
	a.payers.load, a.merchants.load = a.payerName, a.merchantName
	config := huma.Config{
		OpenAPI:       newDocument(),
		Formats:       map[string]huma.Format{"application/json": {Marshal: marshal, Unmarshal: unmarshal}, problemType: {Marshal: marshal, Unmarshal: unmarshal}},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{ourProblems},
	}
	config.AllowAdditionalPropertiesByDefault = true // a caller may be newer than the server
	a.huma = humago.New(a.mux, config)
	a.operatorCalls()
	a.deviceAdminCalls()
	a.merchantAdminCalls()
	a.payoutCalls()
	a.weChatCalls()
	a.deviceCalls()
	a.rideCalls()
	a.creditCalls()
	a.issuerCalls()
	a.gateCalls()
	a.paymentCalls()
	a.webhookCalls()
	a.alipayCalls()
	a.healthCalls()
	if err := a.publish(); err != nil {
		return nil, err
	}
	for pattern, till := range c.Tills {
		a.mux.Handle(pattern, till)
	}
	a.mux.HandleFunc("/", a.elsewhere)
	return a, nil
}

// elsewhere answers what no call matches: a page, or 405 where another method
// would have matched, or 404.
func (a *API) elsewhere(w http.ResponseWriter, r *http.Request) {
	if allowed := a.methodsAt(r); len(allowed) > 0 {
		p := newProblem(MethodNotAllowed)
		p.header["Allow"] = []string{strings.Join(allowed, ", ")}
		refuse(w, r, p)
		return
	}
	if a.Pages != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		a.Pages.ServeHTTP(w, r)
		return
	}
	refuse(w, r, newProblem(UnknownPath))
}

// NothingHere answers that there is nothing at the path; for Pages.
func NothingHere(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, newProblem(UnknownPath))
}

// The paths of calls that a server looks at before it lets them in.
const (
	ChargePath = "/v1/payments"      // POST
	EventsPath = "/v1/device/events" // a stream, which lasts
)

// Busy answers that the server is busy, without reading the request: of a
// thousand that come at once most are told so, and each takes time from the rest.
func Busy(w http.ResponseWriter, _ *http.Request) {
	whole := busy()
	maps.Copy(w.Header(), whole.header)
	w.WriteHeader(whole.status)
	w.Write(whole.body)
}

// busy is the whole answer, made once.
var busy = sync.OnceValue(func() written {
	w := written{header: http.Header{}}
	newProblem(Overloaded).write(&w)
	return w
})

// written is a http.ResponseWriter that keeps an answer.
type written struct {
	header http.Header
	status int
	body   []byte
}

func (w *written) Header() http.Header         { return w.header }
func (w *written) WriteHeader(status int)      { w.status = status }
func (w *written) Write(b []byte) (int, error) { w.body = append(w.body, b...); return len(b), nil }

// refuse answers with a problem outside of huma.
func refuse(w http.ResponseWriter, r *http.Request, p *Problem) {
	noteProblem(r.Context(), p)
	p.write(w)
}

// methodsAt lists the methods that the request's path has.
func (a *API) methodsAt(r *http.Request) (methods []string) {
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := &http.Request{Method: m, URL: r.URL, Host: r.Host}
		if _, pattern := a.mux.Handler(other); pattern != "" && pattern != "/" {
			methods = append(methods, m)
		}
	}
	return methods
}
