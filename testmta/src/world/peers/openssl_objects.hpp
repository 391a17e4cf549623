#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace testmta::world {

template <auto Free>
struct freer {
    template <class T>
    void operator()(T* one) const {
        Free(one);
    }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freer<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freer<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freer<X509_EXTENSION_free>>;
using context_ptr = std::unique_ptr<SSL_CTX, freer<SSL_CTX_free>>;
using session_ptr = std::unique_ptr<SSL, freer<SSL_free>>;
using bio_ptr = std::unique_ptr<BIO, freer<BIO_free_all>>;

}  // namespace testmta::world
