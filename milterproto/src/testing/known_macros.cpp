#include "known_macros.hpp"

#include <algorithm>
#include <vector>

#include "milterproto/core/wire/codec.hpp"

namespace milterproto::detail {

namespace {

std::vector<std::string_view> names_in(std::string_view list) {
    std::vector<std::string_view> names;
    for (auto begin = list.find_first_not_of(' '); begin != list.npos;
         begin = list.find_first_not_of(' ', begin)) {
        auto const end = std::min(list.find(' ', begin), list.size());
        names.push_back(list.substr(begin, end - begin));
        begin = end;
    }
    return names;
}

}  // namespace

std::optional<macro_stage> macro_stage_of(core::command which) {
    using command = core::command;
    switch (which) {
        case command::connect: return macro_stage::connect;
        case command::helo: return macro_stage::helo;
        case command::mail: return macro_stage::mail;
        case command::rcpt: return macro_stage::rcpt;
        case command::data: return macro_stage::data;
        case command::end_of_headers: return macro_stage::end_of_headers;
        case command::end_of_message: return macro_stage::end_of_message;
        default: return std::nullopt;
    }
}

void known_macros::take_lists(std::string_view agreement) {
    auto const lists = core::decode_symbol_lists(agreement);
    if (lists.has_error()) return;
    for (auto const& list : *lists) {
        if (list.stage < core::macro_stages) asked_[list.stage] = std::string(list.names);
    }
}

void known_macros::append(std::string& out, core::command with) const {
    auto const stage = macro_stage_of(with);
    if (!stage) return;
    std::string_view const own = mta_.macros[static_cast<std::size_t>(*stage)];
    auto const& wanted = asked(*stage);
    auto names = names_in(wanted ? std::string_view(*wanted) : own);
    if (names.empty() && mta_.on_empty_list == mta_profile::empty_list::default_macros) names = names_in(own);
    std::vector<std::string_view> pairs;
    for (auto const name : names) {
        auto const known = values_.find(name);
        if (known != values_.end()) pairs.insert(pairs.end(), {known->first, known->second});
    }
    core::append_macros(out, static_cast<char>(with), pairs);
}

}  // namespace milterproto::detail
