#pragma once

#include <concepts>
#include <string_view>

namespace milterproto::core {

/// The value of a header exactly as `header_event` shows it, for `add_header` and its like: no blank is put
/// before it. It is useful with `extra::leading_space`, where the event shows what stands after the colon:
/// `verbatim("\tyes")` is written `X-Seen:\tyes`, and `verbatim("yes")` is written `X-Seen:yes`. Without it
/// the MTA puts a blank before every value.
class verbatim {
public:
    explicit constexpr verbatim(std::string_view text) noexcept : text_(text) {}
    constexpr std::string_view text() const noexcept { return text_; }

private:
    std::string_view text_;
};

/// What a filter writes into a header: any text, which stands one blank after the colon, whatever was agreed
/// with the MTA; or `verbatim`. A view: for parameters only.
class header_value {
public:
    template <class Text>
        requires std::convertible_to<Text const&, std::string_view>
    constexpr header_value(Text const& text) noexcept : text_(text) {}
    constexpr header_value(verbatim text) noexcept : text_(text.text()), is_verbatim_(true) {}

    constexpr std::string_view text() const noexcept { return text_; }
    constexpr bool is_verbatim() const noexcept { return is_verbatim_; }

private:
    std::string_view text_;
    bool is_verbatim_ = false;
};

}  // namespace milterproto::core
