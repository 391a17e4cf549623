#include "world/peers/certificate_authority.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

#include "world/peers/certificate_identity.hpp"

namespace testmta::world {

namespace {

void require(bool good) {
    if (!good) throw std::runtime_error("OpenSSL cannot make a certificate");
}

constexpr long day = 24L * 60 * 60;

key_ptr make_key() {
    key_ptr made(EVP_EC_gen("P-256"));
    require(made != nullptr);
    return made;
}

void set_name(X509_NAME* name, std::string const& text) {
    auto const* octets = reinterpret_cast<unsigned char const*>(text.c_str());
    require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, octets, -1, -1, 0) == 1);
}

void extend(X509& certificate, X509V3_CTX& context, int what, std::string const& value) {
    extension_ptr const made(X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
    require(made && X509_add_ext(&certificate, made.get(), -1) == 1);
}

/// Returns a certificate without extensions, valid since a month.
certificate_ptr begin_certificate(EVP_PKEY& key, std::string const& name, long valid_for) {
    certificate_ptr made(X509_new());
    require(made != nullptr);
    require(X509_set_version(made.get(), 2) == 1);
    auto* const serial = X509_get_serialNumber(made.get());
    std::unique_ptr<BIGNUM, freer<BN_free>> const number(BN_new());
    require(number && BN_rand(number.get(), 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1);
    require(BN_to_ASN1_INTEGER(number.get(), serial) != nullptr);
    require(X509_gmtime_adj(X509_getm_notBefore(made.get()), -30 * day) != nullptr);
    require(X509_gmtime_adj(X509_getm_notAfter(made.get()), valid_for) != nullptr);
    require(X509_set_pubkey(made.get(), &key) == 1);
    set_name(X509_get_subject_name(made.get()), name);
    return made;
}

void sign(X509& certificate, EVP_PKEY& key) {
    require(X509_sign(&certificate, &key, EVP_sha256()) != 0);
}

}  // namespace

certificate_authority::certificate_authority() : own_(std::make_unique<identity>()) {
    own_->key = make_key();
    own_->certificate = begin_certificate(*own_->key, "testmta world", 30 * day);
    auto& certificate = *own_->certificate;
    require(X509_set_issuer_name(&certificate, X509_get_subject_name(&certificate)) == 1);
    X509V3_CTX context;
    X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
    extend(certificate, context, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    extend(certificate, context, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(certificate, context, NID_subject_key_identifier, "hash");
    sign(certificate, *own_->key);
}

certificate_authority::~certificate_authority() = default;

std::string certificate_authority::pem() const {
    bio_ptr const out(BIO_new(BIO_s_mem()));
    require(out && PEM_write_bio_X509(out.get(), own_->certificate.get()) == 1);
    char* octets = nullptr;
    auto const size = BIO_get_mem_data(out.get(), &octets);
    return std::string(octets, static_cast<std::size_t>(size));
}

certificate_authority::identity certificate_authority::issue(std::string const& host, tls_fault how) const {
    identity made;
    made.key = make_key();
    auto const name = how == tls_fault::wrong_name ? "another." + host : host;
    made.certificate = begin_certificate(*made.key, name, how == tls_fault::expired ? -day : 30 * day);
    auto& certificate = *made.certificate;
    auto const is_self_signed = how == tls_fault::self_signed;
    auto* const issuer = is_self_signed ? &certificate : own_->certificate.get();
    require(X509_set_issuer_name(&certificate, X509_get_subject_name(issuer)) == 1);
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, &certificate, nullptr, nullptr, 0);
    extend(certificate, context, NID_basic_constraints, "critical,CA:FALSE");
    extend(certificate, context, NID_ext_key_usage, "serverAuth");
    extend(certificate, context, NID_subject_key_identifier, "hash");
    if (!is_self_signed) extend(certificate, context, NID_authority_key_identifier, "keyid");
    if (how != tls_fault::no_name) extend(certificate, context, NID_subject_alt_name, "DNS:" + name);
    sign(certificate, is_self_signed ? *made.key : *own_->key);
    return made;
}

}  // namespace testmta::world
