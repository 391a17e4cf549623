#include "milterproto/core/mta/queued_message.hpp"

namespace milterproto::core {

bool is_shown(queued_header const& header, edit_rules const& rules) noexcept {
    switch (header.from) {
        case queued_header::origin::client: return true;
        case queued_header::origin::own_trace: return false;
        case queued_header::origin::own_default:
            return rules.own_defaults == edit_rules::own_fields::are_shown;
    }
    return false;
}

std::vector<header_view> queued_message::shown_headers(edit_rules const& rules) const {
    std::vector<header_view> shown;
    shown.reserve(headers.size());
    for (auto const& one : headers) {
        if (is_shown(one, rules)) shown.push_back({one.name, one.value});
    }
    return shown;
}

std::string_view without_brackets(std::string_view path) noexcept {
    if (path.starts_with('<') && path.ends_with('>')) return path.substr(1, path.size() - 2);
    return path;
}

}  // namespace milterproto::core
