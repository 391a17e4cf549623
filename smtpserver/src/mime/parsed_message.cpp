#include "smtpserver/parsed_message.hpp"

#include <gmime/gmime.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "core/octets.hpp"

namespace smtpserver {

namespace {

struct releaser {
    void operator()(void* one) const { g_object_unref(one); }
};
template <class T>
using owned = std::unique_ptr<T, releaser>;

struct text_releaser {
    void operator()(char* text) const { g_free(text); }
};
using owned_text = std::unique_ptr<char, text_releaser>;

/// GMime's casts are made of C.
template <class T>
T* as(void* object) {
    return static_cast<T*>(object);
}

bool is_a(void* object, GType type) {
    return object != nullptr && g_type_check_instance_is_a(as<GTypeInstance>(object), type) != FALSE;
}

std::string text_of(char const* text) {
    return text != nullptr ? text : "";
}

void prepare_library() {
    static std::once_flag once;
    std::call_once(once, g_mime_init);
}

void append_headers(GMimeObject* from, std::vector<header>& into) {
    auto* const list = g_mime_object_get_header_list(from);
    auto const count = g_mime_header_list_get_count(list);
    for (int i = 0; i < count; ++i) {
        auto* const one = g_mime_header_list_get_header_at(list, i);
        into.push_back({text_of(g_mime_header_get_name(one)), text_of(g_mime_header_get_value(one))});
    }
}

/// Returns what follows the first empty line.
std::string without_headers(std::string bytes) {
    if (bytes.starts_with("\r\n")) return bytes.substr(2);
    if (bytes.starts_with('\n')) return bytes.substr(1);
    auto const crlf = bytes.find("\r\n\r\n");
    auto const lf = bytes.find("\n\n");
    if (crlf < lf) return bytes.substr(crlf + 4);
    return lf == bytes.npos ? std::string() : bytes.substr(lf + 2);
}

std::size_t lines_of_headers(std::string_view bytes) {
    auto const end = std::min({bytes.find("\r\n\r\n"), bytes.find("\n\n"), bytes.size()});
    return static_cast<std::size_t>(std::ranges::count(bytes.substr(0, end), '\n'));
}

/// Counts the lines that begin with two hyphens.
std::size_t boundaries_in(std::string_view bytes) {
    std::size_t count = bytes.starts_with("--") ? 1 : 0;
    for (auto at = bytes.find("\n--"); at != bytes.npos; at = bytes.find("\n--", at + 1)) ++count;
    return count;
}

/// Returns whether reading the message costs no more than it may.
bool is_readable(std::string_view bytes) {
    return lines_of_headers(bytes) <= parsed_message::most_header_lines &&
           boundaries_in(bytes) <= parsed_message::most_boundaries;
}

std::string bytes_in(GMimeStream* stream) {
    auto const* const array = g_mime_stream_mem_get_byte_array(as<GMimeStreamMem>(stream));
    return {reinterpret_cast<char const*>(array->data), array->len};
}

}  // namespace

std::optional<std::string_view> find_header(std::span<header const> all, std::string_view name) {
    auto const found = std::ranges::find_if(
        all, [&](header const& one) { return core::equals_ignoring_case(one.name, name); });
    if (found == all.end()) return std::nullopt;
    return found->value;
}

/// The library's object, or the bytes of what it could not read.
class mime_part::library {
public:
    explicit library(GMimeObject* part) : part_(as<GMimeObject>(g_object_ref(part))) {}
    explicit library(std::string bytes) : bytes_(std::move(bytes)) {}

    GMimeObject* part() const noexcept { return part_.get(); }
    std::string body() const {
        if (part_ == nullptr) return bytes_;
        owned<GMimeStream> const into(g_mime_stream_mem_new());
        if (is_a(part_.get(), GMIME_TYPE_PART)) {
            auto* const content = g_mime_part_get_content(as<GMimePart>(part_.get()));
            if (content != nullptr) g_mime_data_wrapper_write_to_stream(content, into.get());
            return bytes_in(into.get());
        }
        g_mime_object_write_to_stream(part_.get(), nullptr, into.get());
        return without_headers(bytes_in(into.get()));
    }

private:
    owned<GMimeObject> part_;
    std::string bytes_;
};

std::string mime_part::body() const {
    return library_->body();
}

std::optional<std::string> mime_part::parameter(std::string_view name) const {
    if (library_->part() == nullptr) return std::nullopt;
    auto* const type = g_mime_object_get_content_type(library_->part());
    auto const* const value = g_mime_content_type_get_parameter(type, std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return value;
}

/// Reads parts until there are too many.
class parsed_message::reader {
public:
    mime_part read(GMimeObject* from, std::size_t depth) {
        mime_part made;
        ++parts_;
        made.library_ = std::make_shared<mime_part::library>(from);
        owned_text const type(g_mime_content_type_get_mime_type(g_mime_object_get_content_type(from)));
        made.type_ = text_of(type.get());
        std::ranges::transform(made.type_, made.type_.begin(), core::to_lower);
        append_headers(from, made.headers_);
        if (is_a(from, GMIME_TYPE_PART))
            made.file_name_ = text_of(g_mime_part_get_filename(as<GMimePart>(from)));
        read_parts(from, depth, made.parts_);
        return made;
    }
    bool has_left_out() const noexcept { return has_left_out_; }

private:
    void read_parts(GMimeObject* from, std::size_t depth, std::vector<mime_part>& into) {
        if (is_a(from, GMIME_TYPE_MESSAGE_PART)) {
            auto* const inner = g_mime_message_part_get_message(as<GMimeMessagePart>(from));
            read_part(inner != nullptr ? g_mime_message_get_mime_part(inner) : nullptr, depth, into);
        }
        if (!is_a(from, GMIME_TYPE_MULTIPART)) return;
        auto* const all = as<GMimeMultipart>(from);
        auto const count = g_mime_multipart_get_count(all);
        for (int i = 0; i < count && !has_left_out_; ++i)
            read_part(g_mime_multipart_get_part(all, i), depth, into);
    }
    void read_part(GMimeObject* from, std::size_t depth, std::vector<mime_part>& into) {
        if (from == nullptr) return;
        if (depth == most_depth || parts_ == most_parts) {
            has_left_out_ = true;
            return;
        }
        into.push_back(read(from, depth + 1));
    }

    std::size_t parts_ = 0;
    bool has_left_out_ = false;
};

parsed_message::parsed_message(message const& what) : parsed_message(what.bytes()) {}

parsed_message::parsed_message(std::string bytes) {
    prepare_library();
    is_cut_short_ = !is_readable(bytes);
    owned<GMimeMessage> read;
    if (!is_cut_short_) {
        owned<GMimeStream> const stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
        owned<GMimeParser> const parser(g_mime_parser_new_with_stream(stream.get()));
        read.reset(g_mime_parser_construct_message(parser.get(), nullptr));
    }
    auto* const root = read ? g_mime_message_get_mime_part(read.get()) : nullptr;
    if (read) append_headers(as<GMimeObject>(read.get()), headers_);
    if (root == nullptr) {
        content_.library_ =
            std::make_shared<mime_part::library>(read ? without_headers(std::move(bytes)) : std::move(bytes));
        content_.type_ = "text/plain";
        return;
    }
    append_headers(root, headers_);
    reader parts;
    content_ = parts.read(root, 1);
    is_cut_short_ = parts.has_left_out();
}

}  // namespace smtpserver
