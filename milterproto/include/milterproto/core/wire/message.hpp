#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The words of the milter protocol, both directions. Constants of milter-protocol.md 2 stand here and
/// nowhere else, each with its name in libmilter's mfdef.h.
namespace milterproto::core {

/// What the MTA sends.
enum class command : char {
    abort = 'A',           // SMFIC_ABORT
    body = 'B',            // SMFIC_BODY
    connect = 'C',         // SMFIC_CONNECT
    macro = 'D',           // SMFIC_MACRO
    end_of_message = 'E',  // SMFIC_BODYEOB
    helo = 'H',            // SMFIC_HELO
    quit_nc = 'K',         // SMFIC_QUIT_NC: the SMTP connection ends, this one stays
    header = 'L',          // SMFIC_HEADER
    mail = 'M',            // SMFIC_MAIL
    end_of_headers = 'N',  // SMFIC_EOH
    negotiate = 'O',       // SMFIC_OPTNEG
    quit = 'Q',            // SMFIC_QUIT
    rcpt = 'R',            // SMFIC_RCPT
    data = 'T',            // SMFIC_DATA
    unknown = 'U',         // SMFIC_UNKNOWN
};

/// What the filter sends.
enum class answer : char {
    proceed = 'c',             // SMFIR_CONTINUE
    accept = 'a',              // SMFIR_ACCEPT
    reject = 'r',              // SMFIR_REJECT
    tempfail = 't',            // SMFIR_TEMPFAIL
    discard = 'd',             // SMFIR_DISCARD
    skip = 's',                // SMFIR_SKIP
    reply_code = 'y',          // SMFIR_REPLYCODE
    conn_fail = 'f',           // SMFIR_CONN_FAIL
    shutdown = '4',            // SMFIR_SHUTDOWN
    progress = 'p',            // SMFIR_PROGRESS
    add_recipient = '+',       // SMFIR_ADDRCPT
    add_recipient_args = '2',  // SMFIR_ADDRCPT_PAR
    delete_recipient = '-',    // SMFIR_DELRCPT
    change_sender = 'e',       // SMFIR_CHGFROM
    add_header = 'h',          // SMFIR_ADDHEADER
    insert_header = 'i',       // SMFIR_INSHEADER
    change_header = 'm',       // SMFIR_CHGHEADER
    replace_body = 'b',        // SMFIR_REPLBODY
    quarantine = 'q',          // SMFIR_QUARANTINE
    negotiate = 'O',
};

/// Returns whether the SMTP client hears "no".
constexpr bool is_refusal(answer verdict) noexcept {
    return verdict == answer::reject || verdict == answer::tempfail || verdict == answer::reply_code ||
           verdict == answer::shutdown;
}

inline constexpr std::uint32_t newest_version = 6;
inline constexpr std::uint32_t oldest_version = 2;

/// What a filter may change, the "actions" word.
namespace action {
inline constexpr std::uint32_t add_headers = 0x001;         // SMFIF_ADDHDRS
inline constexpr std::uint32_t change_body = 0x002;         // SMFIF_CHGBODY
inline constexpr std::uint32_t add_recipients = 0x004;      // SMFIF_ADDRCPT
inline constexpr std::uint32_t delete_recipients = 0x008;   // SMFIF_DELRCPT
inline constexpr std::uint32_t change_headers = 0x010;      // SMFIF_CHGHDRS
inline constexpr std::uint32_t quarantine = 0x020;          // SMFIF_QUARANTINE
inline constexpr std::uint32_t change_sender = 0x040;       // SMFIF_CHGFROM
inline constexpr std::uint32_t add_recipient_args = 0x080;  // SMFIF_ADDRCPT_PAR
inline constexpr std::uint32_t symbol_lists = 0x100;        // SMFIF_SETSYMLIST
inline constexpr std::uint32_t all = 0x1ff;
inline constexpr std::uint32_t version_1 = 0x00f;  ///< what an offer of 0 means
}  // namespace action

/// Which events are sent and answered, the "protocol" word.
namespace step {
inline constexpr std::uint32_t no_connect = 0x00000001;               // SMFIP_NOCONNECT
inline constexpr std::uint32_t no_helo = 0x00000002;                  // SMFIP_NOHELO
inline constexpr std::uint32_t no_mail = 0x00000004;                  // SMFIP_NOMAIL
inline constexpr std::uint32_t no_rcpt = 0x00000008;                  // SMFIP_NORCPT
inline constexpr std::uint32_t no_body = 0x00000010;                  // SMFIP_NOBODY
inline constexpr std::uint32_t no_headers = 0x00000020;               // SMFIP_NOHDRS
inline constexpr std::uint32_t no_end_of_headers = 0x00000040;        // SMFIP_NOEOH
inline constexpr std::uint32_t no_reply_header = 0x00000080;          // SMFIP_NR_HDR
inline constexpr std::uint32_t no_unknown = 0x00000100;               // SMFIP_NOUNKNOWN
inline constexpr std::uint32_t no_data = 0x00000200;                  // SMFIP_NODATA
inline constexpr std::uint32_t skip = 0x00000400;                     // SMFIP_SKIP
inline constexpr std::uint32_t rejected_recipients = 0x00000800;      // SMFIP_RCPT_REJ
inline constexpr std::uint32_t no_reply_connect = 0x00001000;         // SMFIP_NR_CONN
inline constexpr std::uint32_t no_reply_helo = 0x00002000;            // SMFIP_NR_HELO
inline constexpr std::uint32_t no_reply_mail = 0x00004000;            // SMFIP_NR_MAIL
inline constexpr std::uint32_t no_reply_rcpt = 0x00008000;            // SMFIP_NR_RCPT
inline constexpr std::uint32_t no_reply_data = 0x00010000;            // SMFIP_NR_DATA
inline constexpr std::uint32_t no_reply_unknown = 0x00020000;         // SMFIP_NR_UNKN
inline constexpr std::uint32_t no_reply_end_of_headers = 0x00040000;  // SMFIP_NR_EOH
inline constexpr std::uint32_t no_reply_body = 0x00080000;            // SMFIP_NR_BODY
inline constexpr std::uint32_t header_leading_space = 0x00100000;     // SMFIP_HDR_LEADSPC
inline constexpr std::uint32_t chunks_256k = 0x10000000;              // SMFIP_MDS_256K
inline constexpr std::uint32_t chunks_1m = 0x20000000;                // SMFIP_MDS_1M
inline constexpr std::uint32_t internal = 0x70000000;                 // SMFI_INTERNAL
inline constexpr std::uint32_t all = 0x1fffff;
inline constexpr std::uint32_t all_no_reply = 0x000ff080;
inline constexpr std::uint32_t version_1 = 0x3f;  ///< what an offer of 0 means
}  // namespace step

/// Where macros belong: the numbers of the symbol lists (SMFIM_*).
enum class macro_stage : std::uint32_t {
    connect = 0,
    helo = 1,
    mail = 2,
    rcpt = 3,
    data = 4,
    end_of_message = 5,
    end_of_headers = 6,
};
inline constexpr std::size_t macro_stages = 7;

/// The payload of `O`, in both directions.
struct option_set {
    std::uint32_t version = newest_version;
    std::uint32_t actions = 0;
    std::uint32_t steps = 0;
    bool operator==(option_set const&) const = default;
};

/// Macro names that a filter asks for at one stage, separated by blanks.
struct symbol_list {
    std::uint32_t stage = 0;
    std::string_view names;
};

enum class family : char { unknown = 'U', unix_socket = 'L', ipv4 = '4', ipv6 = '6' };

/// The payload of `C`. Views live as long as the frame. Where the address is not one that its family could
/// have, such as "unknown", the family is `unknown`, and port and address are empty.
struct connect_payload {
    std::string_view hostname;
    core::family family = core::family::unknown;
    std::uint16_t port = 0;
    std::string_view address;                    ///< as sent, without the label "IPv6:"
    std::optional<boost::asio::ip::address> ip;  ///< set for ipv4 and ipv6 only
};

}  // namespace milterproto::core
