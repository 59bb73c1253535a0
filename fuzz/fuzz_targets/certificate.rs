//! Certificates of a server.
#![no_main]

use wxcheck_mock_server::tls_probe::CertificateFacts;

libfuzzer_sys::fuzz_target!(|der: &[u8]| {
    let _ = CertificateFacts::read(der);
});
