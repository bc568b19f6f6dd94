// Reading an enrolment link. Pure.

/**
 * What a pasted or scanned enrolment link holds: {ticket}, or {elsewhere: host} when it belongs to another
 * wallet page, or null. A bare ticket is taken too.
 */
export function readLink(text, origin) {
  const trimmed = text.trim();
  if (/^[A-Za-z0-9_-]{16,}$/.test(trimmed)) return { ticket: trimmed };
  const url = URL.canParse(trimmed) ? new URL(trimmed) : null;
  const ticket = url && new URLSearchParams(url.hash.slice(1)).get('ticket');
  if (!ticket) return null;
  return url.origin === origin ? { ticket } : { elsewhere: url.host };
}
