package server

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// forwarded believes what trusted proxies say about who asks: their address
// becomes the request's, so that limits, locks and the audit count the person
// and not the proxy, and so does the name that they asked for. Who came to a
// proxy without TLS is sent to origin, if that is https. On a socket the proxy is
// whoever may open it.
func forwarded(trusted []netip.Prefix, socket bool, origin string, next http.Handler) http.Handler {
	if len(trusted) == 0 && !socket {
		return next
	}
	trusts := func(a netip.Addr) bool {
		for _, p := range trusted {
			if p.Contains(a) {
				return true
			}
		}
		return false
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, known := addressOf(r.RemoteAddr)
		if known && !trusts(peer) || !known && !socket {
			next.ServeHTTP(w, r)
			return
		}
		hops := hopsOf(r.Header)
		if last := hops[len(hops)-1]; last.proto == "http" && strings.HasPrefix(origin, "https://") && !isProbe(r.URL.Path) {
			http.Redirect(w, r, origin+ownPath(r.URL), http.StatusPermanentRedirect) //nolint:gosec // to our own name
			return
		}
		r = r.WithContext(r.Context()) // a copy
		// From the last hop back: each proxy appends whom it heard, so the first
		// address that is not a proxy's is the last that can be believed.
		for _, hop := range slices.Backward(hops) {
			a, ok := addressOf(hop.by)
			if !ok {
				break
			}
			r.RemoteAddr = netip.AddrPortFrom(a, 0).String()
			if hop.host != "" {
				r.Host = hop.host
			}
			if !trusts(a) {
				break
			}
		}
		next.ServeHTTP(w, r)
	})
}

// hop is what a proxy says about one that came to it.
type hop struct{ by, host, proto string }

// hopsOf reads Forwarded (RFC 7239) or, where it is not there, what proxies say
// without a standard.
func hopsOf(h http.Header) (list []hop) {
	if values := h.Values("Forwarded"); len(values) > 0 {
		for element := range strings.SplitSeq(strings.Join(values, ","), ",") {
			var one hop
			for pair := range strings.SplitSeq(element, ";") {
				name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
				value = strings.Trim(value, `"`)
				switch strings.ToLower(name) {
				case "for":
					one.by = value
				case "host":
					one.host = value
				case "proto":
					one.proto = strings.ToLower(value)
				}
			}
			list = append(list, one)
		}
		return list
	}
	for by := range strings.SplitSeq(strings.Join(h.Values("X-Forwarded-For"), ","), ",") {
		list = append(list, hop{by: strings.TrimSpace(by)})
	}
	// These belong to the last proxy, whoever it heard.
	last := &list[len(list)-1]
	last.host, last.proto = strings.TrimSpace(h.Get("X-Forwarded-Host")), strings.ToLower(strings.TrimSpace(h.Get("X-Forwarded-Proto")))
	return list
}

// ownPath is the path and query of an address, such that it cannot be read as
// that of another host.
func ownPath(u *url.URL) string {
	to := url.URL{Path: "/" + strings.TrimLeft(u.Path, "/"), RawQuery: u.RawQuery}
	return to.String()
}

// addressOf reads an address with or without a port.
func addressOf(text string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap().WithZone(""), err == nil
}
