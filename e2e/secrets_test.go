package e2e

import (
	"strings"
	"testing"
)

// TestSecretsStay checks that what is secret can be read out of neither page.
func TestSecretsStay(t *testing.T) {
	w := newWorld(t)
	phone, till := counter(t, w)
	for name, p := range map[string]*page{"ticket": phone.page, "key": till.page} {
		if address := eval[string](p, "location.href"); strings.ContainsAny(address, "#?") {
			t.Errorf("the %s stays in the address %s", name, address)
		}
	}
	// Every key in the wallet's storage, and whatever could be one in the clear.
	const look = `(async () => {
		const database = await new Promise((resolve, reject) => {
			const opening = indexedDB.open('paycode-wallet');
			opening.onsuccess = () => resolve(opening.result);
			opening.onerror = () => reject(opening.error);
		});
		const values = await new Promise((resolve) => {
			const all = database.transaction('values').objectStore('values').getAll();
			all.onsuccess = () => resolve(all.result);
		});
		database.close();
		const found = { secret: [], taken: [], raw: 0 };
		const walk = async (value) => {
			if (value instanceof CryptoKey) {
				if (value.type === 'public') return;
				found.secret.push(value.algorithm.name);
				for (const format of ['raw', 'jwk', 'pkcs8']) {
					await crypto.subtle.exportKey(format, value).then(() => found.taken.push(value.algorithm.name), () => {});
				}
			} else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
				found.raw++;
			} else if (value && typeof value === 'object') {
				for (const inner of Object.values(value)) await walk(inner);
			}
		};
		for (const value of values) await walk(value);
		return found;
	})()`
	found := eval[struct {
		Secret, Taken []string
		Raw           int
	}](phone.page, look)
	if len(found.Secret) != 3 || len(found.Taken) > 0 || found.Raw > 0 {
		t.Errorf("stored keys %v, of which could be read %v, and %d raw byte strings", found.Secret, found.Taken, found.Raw)
	}
}
