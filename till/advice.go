package till

// Advice says in words why a payment was declined and what to do next, for a
// decline code of the contract. A code that is not known here is named.
func Advice(declineCode string) (why, todo string) {
	for _, a := range advice {
		if a.code == declineCode {
			return a.why, a.todo
		}
	}
	return "The wallet company refused (" + declineCode + ").", "Nothing was charged. Ask for another way of paying."
}

var advice = [...]struct{ code, why, todo string }{
	{"code_malformed", "This is not a payment code.", "Ask the customer to open the Pay page and scan again."},
	{"code_invalid", "This code is not valid, or no longer.", "Ask for a new code. If it happens again, the customer should go online once and check the phone's clock."},
	{"code_expired", "This code is too old.", "Ask for a new code and scan it within a minute."},
	{"code_used", "This code was already used.", "Ask for a new one."},
	{"device_frozen", "The customer's phone is blocked for payments.", "Take another way of paying. The customer should ask their wallet company."},
	{"device_expired", "The customer's phone was offline for too long.", "The customer must go online once; then ask for a new code."},
	{"too_many_attempts", "Too many wrong codes.", "Scan the QR instead of the barcode or digits, or wait ten minutes."},
	{"insufficient_funds", "The customer has not enough money.", "Ask for another way of paying, or a smaller amount."},
	{"limit_per_payment", "The amount is above the customer's limit for one payment.", "Ask for another way of paying."},
	{"limit_per_day", "The customer's limit for today is reached.", "Ask for another way of paying."},
	{"limit_count", "The customer made as many payments as are allowed today.", "Ask for another way of paying."},
	{"confirmation_rejected", "The customer said no.", "Ask whether the amount is right, then scan a new code."},
	{"confirmation_timeout", "The customer did not confirm in time.", "Scan a new code and have the customer confirm at once."},
	{"needs_network", "This amount needs the customer's confirmation, and the phone cannot be reached.", "The customer should go online and show a new code."},
	{"merchant_suspended", "This shop cannot take payments at the moment.", "Ask the wallet company."},
	{"currency_mismatch", "The customer's account has another currency.", "Ask for another way of paying."},
	{"order_superseded", "This order went on with another code.", "Ask what became of the order before charging again."},
}
