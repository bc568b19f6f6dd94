package webhook

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"syscall"

	"github.com/paycode/paycode/field"
)

// Policy says which addresses deliveries may go to. The zero Policy allows
// public ones only: a merchant who could name any address would have our server
// knock on doors inside our own network (server-side request forgery).
type Policy struct {
	// Loopback also allows endpoints that name this machine (localhost,
	// 127.0.0.0/8, ::1), over http too: for trying things out. A public name
	// that resolves to this machine stays refused.
	Loopback bool
	// Private also allows private and shared networks (10.0.0.0/8 and the like):
	// for merchants on the operator's own network.
	Private bool
}

// maxURL is the longest URL of an endpoint, in bytes.
const maxURL = 2048

// CheckURL refuses a URL that no delivery could go to, as far as the text tells:
// names are looked up, and their addresses held against the policy, each time
// one is dialled.
func (p Policy) CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case len(text) > maxURL:
		return field.Wrong("url", "must have at most %d characters", maxURL)
	case err != nil || u.Host == "" || u.Hostname() == "":
		return field.Wrong("url", "must be an absolute URL")
	case u.User != nil:
		return field.Wrong("url", "must not hold a user name or password")
	case u.Fragment != "":
		return field.Wrong("url", "must not hold a fragment")
	}
	local := namesLoopback(u.Hostname())
	switch {
	case local && !p.Loopback:
		return field.Wrong("url", "must not name this machine")
	case u.Scheme != "https" && !(local && u.Scheme == "http"):
		return field.Wrong("url", "must begin with https://")
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && p.refuse(a, local) != nil {
		return field.Wrong("url", "must not name an address that is not public")
	}
	return nil
}

func namesLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}

// private are the networks that Policy.Private allows, and never are the ones
// that no endpoint is in (IANA special-purpose address registries, RFC 6890):
// among them link-local addresses, where clouds keep their machines'
// credentials, and IPv6 addresses with an IPv4 address in them, which lead
// elsewhere than they look.
var (
	private = prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
	never   = prefixes("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "224.0.0.0/3",
		"::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fe80::/10", "fec0::/10", "ff00::/8")
)

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		all[i] = netip.MustParsePrefix(t)
	}
	return all
}

// errAddress is why a delivery was not sent. It is told to the merchant without
// the address: what our resolver answers is nobody's business.
var errAddress = errors.New("webhook: the address is not one that deliveries may go to")

// refuse says whether an address that is about to be dialled is out of bounds;
// local means that the URL itself named this machine.
func (p Policy) refuse(a netip.Addr, local bool) error {
	a = a.Unmap().WithZone("")
	if a.IsLoopback() {
		if p.Loopback && local {
			return nil
		}
		return errAddress
	}
	for _, n := range never {
		if n.Contains(a) {
			return errAddress
		}
	}
	for _, n := range private {
		if n.Contains(a) && !p.Private {
			return errAddress
		}
	}
	return nil
}

// control checks the address that a connection is about to be made to, after
// all look-ups: a check of the name alone is passed by a name that answers
// something else the second time (DNS rebinding).
func (p Policy) control(local bool) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil {
			return errAddress
		}
		return p.refuse(a.Addr(), local)
	}
}
