package server

import (
	"maps"
	"net/http"

	"github.com/paycode/paycode/api/alipay"
	"github.com/paycode/paycode/api/wechat"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/platform"
	"github.com/paycode/paycode/webhook"
)

// tills are the calls of tills that speak another system's interface, by
// patterns of net/http. origin is scheme and host as a caller
// knows them, and made is told of each payment that they make.
func (s *Server) tills(c Config, desk *webhook.Desk, origin func(*http.Request) string, made func(payment.Payment)) map[string]http.Handler {
	all := (&wechat.Calls{Config: wechat.Config{
		Keys: s.Access, Payments: s.Payments, Refunds: s.DB, Numbers: s.DB, Merchants: s.Access, Callbacks: desk, Platform: c.Platform,
		History: s.DB, Zone: c.Zone, Origin: origin, Now: c.Now, Log: c.Log, Made: made,
	}}).Routes()
	if c.Platform != nil {
		maps.Copy(all, (&alipay.Gateway{Config: alipay.Config{
			Merchants: s.Access, Payments: s.Payments, Refunds: s.DB, History: s.DB, Callbacks: desk, Platform: c.Platform, Zone: c.Zone, Now: c.Now, Log: c.Log,
			Origin: origin, Made: made,
		}}).Routes())
	}
	return all
}

// forms are the conventions in which merchants are told, and what is said in them.
// What is said needs no key, so that a server without the platform's loses nothing that
// it relays: what it cannot sign waits until a server can.
func (s *Server) forms(c Config) (map[string]webhook.Form, map[string]webhook.Notice) {
	forms, notices := map[string]webhook.Form{"": webhook.Standard{Waits: webhook.Schedule()}}, map[string]webhook.Notice{}
	v2 := wechat.NotifyV2{Keys: s.Access}
	forms[wechat.FormV2], notices[wechat.FormV2] = v2, v2
	v3 := wechat.Notify{Secrets: s.Access, Platform: c.Platform}
	notices[wechat.FormV3] = v3
	if c.Platform != nil {
		forms[wechat.FormV3] = v3
	}
	for name, f := range alipay.Forms(c.Platform) {
		if notices[name] = f; c.Platform != nil {
			forms[name] = f
		}
	}
	return forms, notices
}

// certificate is that of an identity, nil for none.
func certificate(i *platform.Identity) *platform.Certificate {
	if i == nil {
		return nil
	}
	return &i.Certificate
}
