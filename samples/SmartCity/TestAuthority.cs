using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SmartCity;

/// <summary>A certificate authority that exists for one run and vouches for one server: the embedded broker. Its key never leaves the process.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly TimeSpan Validity = TimeSpan.FromDays(2);

    public TestAuthority(TimeProvider clock)
    {
        DateTimeOffset from = clock.GetUtcNow() - TimeSpan.FromHours(1);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=SmartCity test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        Certificate = request.CreateSelfSigned(from, from + Validity);
        ServerCertificate = Issue(Certificate, from, from + Validity);
    }

    /// <summary>What clients are to trust.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Of a server on this machine, with its key.</summary>
    public X509Certificate2 ServerCertificate { get; }

    public void Dispose()
    {
        Certificate.Dispose();
        ServerCertificate.Dispose();
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, DateTimeOffset from, DateTimeOffset to)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=SmartCity broker", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        byte[] serial = RandomNumberGenerator.GetBytes(8);
        serial[0] = 1;
        using X509Certificate2 issued = request.Create(authority, from, to, serial);
        using X509Certificate2 withKey = issued.CopyWithPrivateKey(key);

        // Windows does not take a key that lies in memory only for a server's.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), password: null);
    }
}
