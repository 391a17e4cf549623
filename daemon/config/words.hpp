#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "config/notation.hpp"

/// The words that a key may hold, for each enumeration.
namespace vouchd::notation {

/// A word without a value is in daemon.md, but is not supported yet.
template <class T>
struct word {
    std::string_view text;
    std::optional<T> value;
};

inline constexpr word<mode> modes[] = {{"monitor", mode::monitor}, {"tag", {}}, {"enforce", mode::enforce}};
inline constexpr word<check_at> check_places[] = {{"first_rcpt", check_at::first_rcpt},
                                                  {"mail", check_at::mail}};
inline constexpr word<on_error> error_answers[] = {{"accept", on_error::accept},
                                                   {"tempfail", on_error::tempfail}};
inline constexpr word<backend> backends[] = {
    {"memory", backend::memory}, {"sqlite", backend::sqlite}, {"redis", {}}};
inline constexpr word<callout::mode> timers[] = {{"soft", callout::mode::soft},
                                                 {"hard", callout::mode::hard}};
inline constexpr word<log_target> log_targets[] = {
    {"journal", {}}, {"stderr", log_target::standard_error}, {"file", log_target::file}, {"syslog", {}}};
inline constexpr word<log_level> log_levels[] = {{"trace", log_level::trace},
                                                 {"debug", log_level::debug},
                                                 {"info", log_level::info},
                                                 {"warn", log_level::warn},
                                                 {"error", log_level::error}};
/// `always` is the engine's `may`: a peer without STARTTLS is asked all the same.
inline constexpr word<callout::tls_use> tls_uses[] = {{"never", callout::tls_use::never},
                                                      {"ondemand", callout::tls_use::ondemand},
                                                      {"always", callout::tls_use::may},
                                                      {"require", callout::tls_use::require}};
inline constexpr word<callout::tls_version> tls_versions[] = {{"1.2", callout::tls_version::v1_2},
                                                              {"1.3", callout::tls_version::v1_3}};
inline constexpr word<catch_all_probe> probes[] = {{"never", catch_all_probe::never},
                                                   {"reports", catch_all_probe::reports},
                                                   {"recipient", {}},
                                                   {"always", catch_all_probe::always}};
inline constexpr word<ip_version> versions[] = {{"ipv4", ip_version::v4}, {"ipv6", ip_version::v6}};

/// One word of a table.
template <class T>
class one_of {
public:
    template <std::size_t N>
    constexpr explicit one_of(word<T> const (&words)[N]) : words_(words) {}

    objection read(toml::node const& node, T& into) const {
        std::string written;
        if (auto wrong = text().read(node, written)) return wrong;
        return parse(written, into);
    }
    objection parse(std::string const& written, T& into) const {
        auto const found = std::ranges::find(words_, written, &word<T>::text);
        if (found == words_.end()) return unfit(in_quotes(written) + " is not one of " + choices());
        if (!found->value) return unfit(in_quotes(written) + " is not supported yet (use " + choices() + ")");
        into = *found->value;
        return {};
    }
    std::string print(T value) const {
        return in_quotes(std::ranges::find(words_, std::optional<T>(value), &word<T>::value)->text);
    }
    std::string choices() const {
        std::string all;
        for (auto const& one : words_) {
            if (one.value) all += (all.empty() ? "" : " | ") + std::string(one.text);
        }
        return all;
    }

private:
    std::span<word<T> const> words_;
};

}  // namespace vouchd::notation
