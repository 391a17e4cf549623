#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace submission {

enum class auth_mechanism : std::uint8_t {
    scram_sha_256,  ///< RFC 7677: the password is not sent, and the server proves that it knows it
    plain,          ///< RFC 4616
    login,          ///< an old draft, for servers that have nothing else
    xoauth2,        ///< with a token instead of a password
};
std::string_view to_string(auth_mechanism) noexcept;  ///< "SCRAM-SHA-256"

/// Where it is permitted to authenticate. Outside TLS everybody on the way can read or take over the session.
enum class auth_place : std::uint8_t { in_tls, anywhere };

/// Who authenticates, and how.
class credentials {
public:
    static credentials password(std::string user, std::string secret) {
        return {std::move(user),
                std::move(secret),
                {auth_mechanism::scram_sha_256, auth_mechanism::plain, auth_mechanism::login}};
    }
    static credentials token(std::string user, std::string secret) {
        return {std::move(user), std::move(secret), {auth_mechanism::xoauth2}};
    }

    std::string user;
    std::string secret;                      ///< the password or the token
    std::vector<auth_mechanism> mechanisms;  ///< in the order of trying, of those that the server offers
    std::string act_as;                      ///< the authorization identity; empty is the user itself
    auth_place place = auth_place::in_tls;

private:
    credentials(std::string who, std::string what, std::vector<auth_mechanism> how)
        : user(std::move(who)), secret(std::move(what)), mechanisms(std::move(how)) {}
};

}  // namespace submission
