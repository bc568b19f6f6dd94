package server

import (
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/paycode/paycode/api"
	"github.com/paycode/paycode/api/alipay"
	"github.com/paycode/paycode/api/wechat"
)

// maxInside is how many calls are worked on at once. Each costs some 30 kB with
// its stack, buffers and body, so together they stay far below 100 MB.
const maxInside = 2048

// door refuses what would only wait, before anything of it is read: that a
// refusal costs next to nothing is what lets the others through in time.
type door struct {
	http.Handler
	busy    func() bool // a new charge would be refused, whoever pays
	inside  atomic.Int64
	refused atomic.Uint64
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !guarded(r) {
		d.Handler.ServeHTTP(w, r)
		return
	}
	defer d.inside.Add(-1)
	if d.inside.Add(1) > maxInside || charges(r) && d.busy() {
		d.refused.Add(1)
		api.Busy(w, r)
		return
	}
	d.Handler.ServeHTTP(w, r)
}

// charges reports whether a call does nothing but charge.
func charges(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == api.ChargePath || alipay.Charges(r) || wechat.Charges(r)
}

// guarded is every call but streams, which last and are counted by themselves,
// and what a load balancer asks, which has to be answered most of all now.
func guarded(r *http.Request) bool {
	for _, calls := range []string{"/v1/", "/v3/", "/pay/", "/secapi/", alipay.Path} {
		if strings.HasPrefix(r.URL.Path, calls) {
			return r.URL.Path != api.EventsPath
		}
	}
	return false
}
