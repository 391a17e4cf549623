#include <libmilter/mfapi.h>
#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "command_line.hpp"
#include "work.hpp"

/// The same filter on libmilter, in its simplest form, as its users write it.
namespace {

using bench::behaviour;
using bench::negotiate;

bench::filter_command_line wanted;  // libmilter's callbacks cannot carry the filter's own settings

/// Returns SMFIS_NOREPLY if it was negotiated; libmilter translates it where the MTA needs an answer.
sfsistat go_on() {
    return wanted.negotiate == negotiate::max ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

bench::message_work& work_of(SMFICTX* context) {
    return *static_cast<bench::message_work*>(smfi_getpriv(context));
}

sfsistat count(SMFICTX* context) {
    work_of(context).event();
    return go_on();
}

sfsistat on_negotiate(SMFICTX*, unsigned long actions, unsigned long steps, unsigned long, unsigned long,
                      unsigned long* want_actions, unsigned long* want_steps, unsigned long* unused,
                      unsigned long* unused_too) {
    *want_actions = wanted.behaviour == behaviour::full ? SMFIF_ADDHDRS & actions : 0;
    unsigned long want = 0;
    if (wanted.behaviour == behaviour::noop) {
        want = SMFIP_NOHELO | SMFIP_NOMAIL | SMFIP_NORCPT | SMFIP_NODATA | SMFIP_NOHDRS | SMFIP_NOEOH |
               SMFIP_NOBODY | SMFIP_NOUNKNOWN;
    }
    if (wanted.negotiate == negotiate::max) {
        want |= SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_DATA | SMFIP_NR_HDR |
                SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_NR_UNKN;
    }
    *want_steps = want & steps;
    *unused = *unused_too = 0;
    return SMFIS_CONTINUE;
}

sfsistat on_connect(SMFICTX* context, char*, _SOCK_ADDR*) {
    if (wanted.behaviour == behaviour::full) smfi_setpriv(context, new bench::message_work());
    return go_on();
}

sfsistat on_helo(SMFICTX*, char*) {
    return go_on();
}

sfsistat on_mail(SMFICTX* context, char**) {
    work_of(context).begin();
    return go_on();
}

sfsistat on_rcpt(SMFICTX* context, char**) {
    return count(context);
}

sfsistat on_header(SMFICTX* context, char*, char*) {
    return count(context);
}

sfsistat on_body(SMFICTX* context, unsigned char* octets, std::size_t size) {
    work_of(context).body_octets({reinterpret_cast<char*>(octets), size});
    return count(context);
}

sfsistat on_end_of_message(SMFICTX* context) {
    if (wanted.behaviour == behaviour::full) {
        auto& work = work_of(context);
        work.event();
        std::array<char, 48> digits;
        auto const value = work.header_value(digits);
        std::string name = bench::header_name;
        smfi_addheader(context, name.data(), const_cast<char*>(value.data()));
    }
    return SMFIS_CONTINUE;
}

sfsistat on_abort(SMFICTX*) {
    return SMFIS_CONTINUE;
}

sfsistat on_close(SMFICTX* context) {
    delete static_cast<bench::message_work*>(smfi_getpriv(context));
    smfi_setpriv(context, nullptr);
    return SMFIS_CONTINUE;
}

sfsistat on_unknown(SMFICTX*, char const*) {
    return go_on();
}

void describe(smfiDesc& filter) {
    filter.xxfi_name = const_cast<char*>("bench_libmilter");
    filter.xxfi_version = SMFI_VERSION;
    filter.xxfi_negotiate = on_negotiate;
    filter.xxfi_connect = on_connect;
    filter.xxfi_eom = on_end_of_message;
    filter.xxfi_close = on_close;
    if (wanted.behaviour == behaviour::noop) return;
    filter.xxfi_flags = SMFIF_ADDHDRS;
    filter.xxfi_helo = on_helo;
    filter.xxfi_envfrom = on_mail;
    filter.xxfi_envrcpt = on_rcpt;
    filter.xxfi_data = count;
    filter.xxfi_header = on_header;
    filter.xxfi_eoh = count;
    filter.xxfi_body = on_body;
    filter.xxfi_abort = on_abort;
    filter.xxfi_unknown = on_unknown;
}

}  // namespace

int main(int argc, char** argv) {
    wanted = bench::read_filter_command_line(argc, argv);
    smfiDesc filter{};
    describe(filter);
    bool const ready = smfi_setconn(wanted.where.data()) == MI_SUCCESS &&
                       smfi_register(filter) == MI_SUCCESS && smfi_setbacklog(SOMAXCONN) == MI_SUCCESS &&
                       smfi_opensocket(true) == MI_SUCCESS;
    if (!ready) {
        std::fprintf(stderr, "libmilter cannot serve %s\n", wanted.where.c_str());
        return 71;
    }
    return smfi_main() == MI_SUCCESS ? 0 : 70;
}
