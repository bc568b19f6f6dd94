package e2e

import (
	"testing"

	"rsc.io/qr"
)

// TestEnrolByQR sets a wallet up from the QR of the link, held before the phone's own camera.
func TestEnrolByQR(t *testing.T) {
	w := newWorld(t)
	link, err := qr.Encode(w.ticket(), qr.M)
	must(t, err)
	camera := newCamera(t)
	camera.sees(held(decode(t, link.PNG()), 640, 480))

	p := w.browser(camera.flags()...).tab()
	p.screen(phoneWidth, phoneHeight, phoneScale)
	p.open(w.line.address() + "/wallet/")
	p.click("#enrol-scan")
	p.until(find("#enrol-link") + ".value.includes('#ticket=')")
	p.click("#enrol-button")
	(&phone{p}).showsCode("online")
	p.says("#balance", "88.00")
}
