package webhook

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/paycode/paycode/field"
)

func TestCheckURL(t *testing.T) {
	public, loopback, private := Policy{}, Policy{Loopback: true}, Policy{Private: true}
	for _, test := range []struct {
		policy Policy
		url    string
		ok     bool
	}{
		{public, "https://shop.example/hook?x=1", true},
		{public, "https://shop.example:8443/", true},
		{public, "https://93.184.216.34/", true},
		{public, "http://shop.example/", false},
		{public, "ftp://shop.example/", false},
		{public, "shop.example/hook", false},
		{public, "/hook", false},
		{public, "", false},
		{public, "https://", false},
		{public, "https://:443/", false},
		{public, "https:opaque", false},
		{public, "https://user:secret@shop.example/", false},
		{public, "https://shop.example/#part", false},
		{public, "https://shop.example/%zz", false},
		{public, "https://shop.example/" + strings.Repeat("a", maxURL), false},
		{public, "http://localhost:9000/", false},
		{public, "https://localhost/", false},
		{public, "https://127.0.0.1/", false},
		{public, "https://[::1]/", false},
		{public, "https://[::ffff:127.0.0.1]/", false},
		{public, "https://10.1.2.3/", false},
		{public, "https://[fd00::1]/", false},
		{public, "https://169.254.169.254/latest/meta-data/", false},
		{public, "https://0.0.0.0/", false},
		{loopback, "http://localhost:9000/", true},
		{loopback, "http://127.0.0.1:9000/", true},
		{loopback, "http://[::1]:9000/", true},
		{loopback, "https://127.0.0.1:9000/", true},
		{loopback, "http://10.1.2.3/", false},
		{loopback, "https://10.1.2.3/", false},
		{loopback, "http://localhost.evil.example/", false},
		{private, "https://10.1.2.3/", true},
		{private, "http://10.1.2.3/", false},
		{private, "https://127.0.0.1/", false},
		{private, "https://169.254.169.254/", false},
	} {
		err := test.policy.CheckURL(test.url)
		var wrong *field.Error
		if test.ok && err != nil || !test.ok && !errors.As(err, &wrong) {
			t.Errorf("%+v %.60q: %v", test.policy, test.url, err)
		}
		if wrong != nil && wrong.Field != "url" {
			t.Errorf("%.60q: the field is %q", test.url, wrong.Field)
		}
	}
}

// TestDialled holds the addresses themselves: what a name led to.
func TestDialled(t *testing.T) {
	all := Policy{Loopback: true, Private: true}
	for _, test := range []struct {
		policy  Policy
		local   bool
		address string
		ok      bool
	}{
		{Policy{}, false, "93.184.216.34:443", true},
		{Policy{}, false, "[2606:2800:220:1::1]:443", true},
		{Policy{}, false, "127.0.0.1:443", false},
		{Policy{}, false, "[::1]:443", false},
		{Policy{}, false, "[::ffff:10.0.0.1]:443", false},
		{Policy{}, false, "10.0.0.1:443", false},
		{Policy{}, false, "172.31.255.255:443", false},
		{Policy{}, false, "192.168.1.1:443", false},
		{Policy{}, false, "100.64.0.1:443", false},
		{Policy{}, false, "[fd12::1]:443", false},
		{Policy{}, true, "127.0.0.1:80", false},
		{Policy{}, false, "not an address", false},
		{Policy{Loopback: true}, true, "127.0.0.1:80", true},
		{Policy{Loopback: true}, true, "[::1]:80", true},
		{Policy{Loopback: true}, false, "127.0.0.1:80", false}, // a public name that leads here
		{Policy{Private: true}, false, "10.0.0.1:443", true},
		{Policy{Private: true}, false, "127.0.0.1:443", false},
		{all, true, "169.254.169.254:80", false},
		{all, true, "[fe80::1%eth0]:80", false},
		{all, true, "0.0.0.0:80", false},
		{all, true, "[::]:80", false},
		{all, true, "224.0.0.1:80", false},
		{all, true, "255.255.255.255:80", false},
		{all, true, "[ff02::1]:80", false},
		{all, true, "[64:ff9b::7f00:1]:80", false},
		{all, true, "[2002:7f00:1::]:80", false},
	} {
		err := test.policy.control(test.local)(t.Context(), "tcp", test.address, nil)
		if test.ok != (err == nil) || err != nil && !errors.Is(err, errAddress) {
			t.Errorf("%+v, local %v, %s: %v", test.policy, test.local, test.address, err)
		}
	}
}

// FuzzCheckURL: whatever passes can only lead to public names and addresses, over TLS.
func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{"https://shop.example/hook", "http://127.0.0.1/", "https://[::ffff:10.0.0.1]:1/", "https://a@b/", "//x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if (Policy{}).CheckURL(text) != nil {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Hostname() == "" || u.Hostname() == "localhost" {
			t.Fatalf("%q passed", text)
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && (!a.IsGlobalUnicast() || a.IsPrivate() || a.Unmap().IsLoopback()) {
			t.Fatalf("%q passed", text)
		}
	})
}
