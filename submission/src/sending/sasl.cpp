#include "sending/sasl.hpp"

#include <array>

#include "sending/scram.hpp"

namespace submission {

std::string_view to_string(auth_mechanism which) noexcept {
    static constexpr auto names =
        std::to_array<std::string_view>({"SCRAM-SHA-256", "PLAIN", "LOGIN", "XOAUTH2"});
    static_assert(names.size() == std::size_t(auth_mechanism::xoauth2) + 1);
    return names[std::size_t(which)];
}

namespace sending {
namespace {

class plain final : public sasl {
public:
    explicit plain(credentials const& who) : who_(who) {}
    std::string_view mechanism() const noexcept override { return "PLAIN"; }
    std::optional<std::string> initial() override {
        return who_.act_as + '\0' + who_.user + '\0' + who_.secret;
    }
    std::optional<std::string> respond(std::string_view) override { return std::nullopt; }

private:
    credentials const& who_;
};

/// The prompts are not looked at, because each server has its own.
class login final : public sasl {
public:
    explicit login(credentials const& who) : who_(who) {}
    std::string_view mechanism() const noexcept override { return "LOGIN"; }
    std::optional<std::string> initial() override { return std::nullopt; }
    std::optional<std::string> respond(std::string_view) override {
        switch (asked_++) {
            case 0: return who_.user;
            case 1: return who_.secret;
            default: return std::nullopt;
        }
    }

private:
    credentials const& who_;
    unsigned asked_ = 0;
};

class xoauth2 final : public sasl {
public:
    explicit xoauth2(credentials const& who) : who_(who) {}
    std::string_view mechanism() const noexcept override { return "XOAUTH2"; }
    std::optional<std::string> initial() override {
        return "user=" + who_.user + "\1auth=Bearer " + who_.secret + "\1\1";
    }
    /// The challenge describes an error, and the server refuses when it has been answered.
    std::optional<std::string> respond(std::string_view) override {
        if (was_challenged_) return std::nullopt;
        was_challenged_ = true;
        return std::string();
    }

private:
    credentials const& who_;
    bool was_challenged_ = false;
};

}  // namespace

std::unique_ptr<sasl> make_sasl(auth_mechanism which, credentials const& who, std::string nonce) {
    switch (which) {
        case auth_mechanism::scram_sha_256: return std::make_unique<scram_sha_256>(who, std::move(nonce));
        case auth_mechanism::plain: return std::make_unique<plain>(who);
        case auth_mechanism::login: return std::make_unique<login>(who);
        case auth_mechanism::xoauth2: return std::make_unique<xoauth2>(who);
    }
    return nullptr;
}

}  // namespace sending
}  // namespace submission
