#include "milterproto/core/mta/modification.hpp"

#include "milterproto/core/wire/codec.hpp"

namespace milterproto::core {

namespace {

enum class form { bytes, one_string, address_with_arguments, header, indexed_header };

form form_of(answer what) noexcept {
    switch (what) {
        case answer::add_header: return form::header;
        case answer::insert_header:
        case answer::change_header: return form::indexed_header;
        case answer::change_sender:
        case answer::add_recipient_args: return form::address_with_arguments;
        case answer::replace_body: return form::bytes;
        default: return form::one_string;
    }
}

}  // namespace

result<modification> decode_modification(answer what, std::string_view payload) noexcept {
    modification change;
    change.what = what;
    auto const form = form_of(what);
    if (form == form::bytes) {
        change.subject = payload;
        return change;
    }
    if (form == form::indexed_header) {
        auto const index = take_u32(payload);
        if (!index) return errc::change_malformed;
        change.index = *index;
    }
    auto const subject = take_string(payload);
    if (!subject) return errc::change_malformed;
    change.subject = *subject;
    if (form != form::one_string) {
        auto const value = take_string(payload);
        if (!value && form != form::address_with_arguments) return errc::change_malformed;
        change.value = value.value_or(std::string_view());
    }
    change.has_trailing = !payload.empty();
    return change;
}

}  // namespace milterproto::core
