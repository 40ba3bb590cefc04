#pragma once
#include <gnutls/gnutls.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <gnutls/x509-ext.h>

/* GNUTLS_CURVE_TO_BITS is a macro with a cast: "this curve" as a key size. */
static inline unsigned int cb_gnutls_p256_bits(void) {
    return GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
}

/* GNUTLS_KP_TLS_WWW_SERVER is a string macro that Swift would copy at each use. */
static inline const char *cb_gnutls_server_purpose(void) { return GNUTLS_KP_TLS_WWW_SERVER; }
static inline const char *cb_gnutls_client_purpose(void) { return GNUTLS_KP_TLS_WWW_CLIENT; }
