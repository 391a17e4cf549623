#include "run/secrets.hpp"

#include <algorithm>

#include "milterproto/core/wire/codec.hpp"

namespace testmta::run {

namespace {

namespace core = milterproto::core;

/// Macros of one letter are written with and without braces.
std::string_view bare(std::string_view name) {
    return name.starts_with('{') && name.ends_with('}') ? name.substr(1, name.size() - 2) : name;
}

template <class Replace>
std::string replace_all(std::string text, std::set<std::string, std::less<>> const& values, Replace by) {
    for (auto const& value : values) {
        for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at)) {
            auto const instead = by(value);
            text.replace(at, value.size(), instead);
            at += instead.size();
        }
    }
    return text;
}

}  // namespace

secrets::secrets(std::vector<std::string> macros) {
    for (auto const& one : macros) macros_.emplace(bare(one));
}

void secrets::learn(char letter, std::string_view payload) {
    if (letter != static_cast<char>(core::command::macro) || payload.empty()) return;
    payload.remove_prefix(1);
    for (;;) {
        auto const name = core::take_string(payload);
        auto const value = core::take_string(payload);
        if (!name || !value) return;
        if (macros_.contains(bare(*name)) && !value->empty()) values_.emplace(*value);
    }
}

std::string secrets::hide_in(std::string text) const {
    return replace_all(std::move(text), values_, [](std::string const&) { return std::string("***"); });
}

std::string secrets::blot_out(std::string octets) const {
    return replace_all(std::move(octets), values_,
                       [](std::string const& value) { return std::string(value.size(), '*'); });
}

}  // namespace testmta::run
