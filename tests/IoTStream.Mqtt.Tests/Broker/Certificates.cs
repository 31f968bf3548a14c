using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>A certificate authority for one test, with the files that other programs want.</summary>
internal sealed class Certificates : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _folder = Directory.CreateTempSubdirectory("certificates-").FullName;

    public Certificates()
    {
        var request = new CertificateRequest("CN=Test authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        Authority = request.CreateSelfSigned(NotBefore, NotAfter);
        AuthorityFile = Write("authority.pem", Authority.ExportCertificatePem());
    }

    public X509Certificate2 Authority { get; }

    public string AuthorityFile { get; }

    private static DateTimeOffset NotBefore => TimeProvider.System.GetUtcNow().AddDays(-1);

    private static DateTimeOffset NotAfter => TimeProvider.System.GetUtcNow().AddDays(1);

    /// <summary>A certificate for a server on this machine or for a client, with its key.</summary>
    public X509Certificate2 Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        byte[] serial = RandomNumberGenerator.GetBytes(8);
        serial[0] = 1;
        using X509Certificate2 issued = request.Create(Authority, NotBefore, NotAfter.AddHours(-1), serial);
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>The certificate and its key as files.</summary>
    public (string Certificate, string Key) Files(X509Certificate2 certificate)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        return (
            Write($"{certificate.SerialNumber}.pem", certificate.ExportCertificatePem()),
            Write($"{certificate.SerialNumber}.key", key.ExportPkcs8PrivateKeyPem()));
    }

    public void Dispose()
    {
        Authority.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
