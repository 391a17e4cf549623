#include "sending/scram.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <boost/fusion/include/adapt_struct.hpp>
#include <boost/spirit/home/x3.hpp>

#include "sending/base64.hpp"

namespace submission::sending {
namespace {

struct server_first {
    std::string nonce, salt;
    unsigned iterations = 0;
};

}  // namespace
}  // namespace submission::sending

BOOST_FUSION_ADAPT_STRUCT(submission::sending::server_first, nonce, salt, iterations)

namespace submission::sending {
namespace {

/// RFC 7677 4 asks for at least 4096 iterations. The upper bound keeps a server from having us compute for
/// long.
constexpr unsigned fewest_iterations = 4096, most_iterations = 1'000'000;

namespace scram_grammar {

namespace x3 = boost::spirit::x3;

x3::rule<class scram_value_tag, std::string> const value = "value";
auto const value_def = +(x3::char_ - ',');
x3::rule<class server_first_tag, server_first> const challenge = "server-first-message";
auto const challenge_def = "r=" >> value >> ",s=" >> value >> ",i=" >> x3::uint_ >> x3::omit[*(',' >> value)];
BOOST_SPIRIT_DEFINE(value, challenge)

}  // namespace scram_grammar

using digest = std::array<unsigned char, 32>;

std::string_view text_of(digest const& octets) {
    return {reinterpret_cast<char const*>(octets.data()), octets.size()};
}

unsigned char const* octets_of(std::string_view text) {
    return reinterpret_cast<unsigned char const*>(text.data());
}

digest hmac(std::string_view key, std::string_view text) {
    digest made{};
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets_of(text), text.size(), made.data(),
         nullptr);
    return made;
}

digest sha256(std::string_view text) {
    digest made{};
    EVP_Digest(text.data(), text.size(), made.data(), nullptr, EVP_sha256(), nullptr);
    return made;
}

digest salted_password(std::string_view password, std::string_view salt, unsigned iterations) {
    digest made{};
    PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), octets_of(salt),
                      static_cast<int>(salt.size()), static_cast<int>(iterations), EVP_sha256(),
                      static_cast<int>(made.size()), made.data());
    return made;
}

/// RFC 5802 5.1: what would separate attributes is written otherwise.
std::string saslname(std::string_view text) {
    std::string made;
    for (char const c : text) {
        if (c == '=')
            made += "=3D";
        else if (c == ',')
            made += "=2C";
        else
            made += c;
    }
    return made;
}

}  // namespace

std::string scram_sha_256::header() const {
    return who_.act_as.empty() ? "n,," : "n,a=" + saslname(who_.act_as) + ',';
}

std::optional<std::string> scram_sha_256::initial() {
    first_bare_ = "n=" + saslname(who_.user) + ",r=" + nonce_;
    return header() + first_bare_;
}

std::optional<std::string> scram_sha_256::respond(std::string_view challenge) {
    switch (step_) {
        case step::first: return prove(challenge);
        case step::final: return verify(challenge);
        case step::verified: break;
    }
    return std::nullopt;
}

std::optional<std::string> scram_sha_256::prove(std::string_view challenge) {
    server_first said;
    auto at = challenge.begin();
    bool const is_read = boost::spirit::x3::parse(at, challenge.end(),
                                                  scram_grammar::challenge >> boost::spirit::x3::eoi, said);
    bool const is_ours = is_read && said.nonce.size() > nonce_.size() && said.nonce.starts_with(nonce_);
    if (!is_ours || said.iterations < fewest_iterations || said.iterations > most_iterations)
        return std::nullopt;
    auto const salt = from_base64(said.salt);
    if (!salt) return std::nullopt;

    auto const salted = salted_password(who_.secret, *salt, said.iterations);
    auto const client_key = hmac(text_of(salted), "Client Key");
    auto const without_proof = "c=" + to_base64(header()) + ",r=" + said.nonce;
    auto const signed_text = first_bare_ + ',' + std::string(challenge) + ',' + without_proof;
    auto proof = hmac(text_of(sha256(text_of(client_key))), signed_text);
    for (std::size_t i = 0; i < proof.size(); ++i)
        proof[i] = static_cast<unsigned char>(proof[i] ^ client_key[i]);
    auto const server_key = hmac(text_of(salted), "Server Key");
    server_signature_ = text_of(hmac(text_of(server_key), signed_text));
    step_ = step::final;
    return without_proof + ",p=" + to_base64(text_of(proof));
}

std::optional<std::string> scram_sha_256::verify(std::string_view challenge) {
    if (!challenge.starts_with("v=")) return std::nullopt;
    challenge.remove_prefix(2);
    auto const signature = from_base64(challenge.substr(0, challenge.find(',')));
    bool const is_equal = signature && signature->size() == server_signature_.size() &&
                          CRYPTO_memcmp(signature->data(), server_signature_.data(), signature->size()) == 0;
    if (!is_equal) return std::nullopt;
    step_ = step::verified;
    return std::string();
}

}  // namespace submission::sending
