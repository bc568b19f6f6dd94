/** What somebody held out who has no ride code, as far as it can be told: 'payment' or ''. */
export const mistakenFor = (text) => (/^(?:PC1[0-9A-Za-z]{40,}|\d{16,24})$/.test(text.trim()) ? 'payment' : '');
