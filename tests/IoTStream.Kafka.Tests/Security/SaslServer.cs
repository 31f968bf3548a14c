using System.Security.Cryptography;
using System.Text;

namespace IoTStream.Kafka.Tests.Security;

/// <summary>The server's side of a SASL mechanism, for one connection.</summary>
internal abstract class SaslServer
{
    /// <summary>Who the client is, once that is known.</summary>
    public string? Client { get; protected set; }

    /// <returns>Null if the client is refused.</returns>
    public abstract byte[]? Answer(ReadOnlySpan<byte> message);

    /// <summary>Lets in who knows a password, by PLAIN (RFC 4616) and SCRAM (RFC 5802).</summary>
    public static SaslServer? ByPassword(string mechanism, string name, string password) => mechanism switch
    {
        "PLAIN" => new Plain(name, password),
        "SCRAM-SHA-256" => new Scram(HashAlgorithmName.SHA256, name, password),
        "SCRAM-SHA-512" => new Scram(HashAlgorithmName.SHA512, name, password),
        _ => null,
    };

    /// <summary>Lets in who has a token, by OAUTHBEARER (RFC 7628).</summary>
    /// <param name="mechanism">The mechanism that the client wants.</param>
    /// <param name="principal">Whose a token is, with what comes with it; null if it is not valid.</param>
    public static SaslServer? ByToken(string mechanism, Func<string, string?> principal) => mechanism == "OAUTHBEARER" ? new Bearer(principal) : null;

    private sealed class Plain(string name, string password) : SaslServer
    {
        public override byte[]? Answer(ReadOnlySpan<byte> message)
        {
            Client = Encoding.UTF8.GetString(message) == $"\0{name}\0{password}" ? name : null;
            return Client is null ? null : [];
        }
    }

    private sealed class Bearer(Func<string, string?> principal) : SaslServer
    {
        public override byte[]? Answer(ReadOnlySpan<byte> message)
        {
            string[] parts = Encoding.UTF8.GetString(message).Split('\u0001', StringSplitOptions.RemoveEmptyEntries);
            string token = parts.Single(static part => part.StartsWith("auth=Bearer ", StringComparison.Ordinal))["auth=Bearer ".Length..];
            string rest = string.Join(',', parts.Where(static part => part.Contains('=', StringComparison.Ordinal) && !part.StartsWith("auth=", StringComparison.Ordinal) && !part.StartsWith("n,", StringComparison.Ordinal)));
            Client = principal(token) is { } known ? rest.Length > 0 ? $"{known} ({rest})" : known : null;
            return Client is null ? null : [];
        }
    }

    private sealed class Scram(HashAlgorithmName hash, string name, string password) : SaslServer
    {
        private const int Iterations = 4096;
        private readonly byte[] _salt = RandomNumberGenerator.GetBytes(16);
        private readonly string _nonce = Convert.ToHexString(RandomNumberGenerator.GetBytes(12));
        private string _soFar = "";

        public override byte[]? Answer(ReadOnlySpan<byte> message)
        {
            string text = Encoding.UTF8.GetString(message);
            return _soFar.Length == 0 ? Begin(text) : End(text);
        }

        private byte[]? Begin(string text)
        {
            string bare = text["n,,".Length..];
            string[] parts = bare.Split(',');
            if (parts[0] != $"n={name}")
            {
                return null;
            }

            string answer = $"{parts[1]}{_nonce},s={Convert.ToBase64String(_salt)},i={Iterations}";
            _soFar = $"{bare},{answer}";
            return Encoding.UTF8.GetBytes(answer);
        }

        private byte[]? End(string text)
        {
            int at = text.IndexOf(",p=", StringComparison.Ordinal);
            byte[] whole = Encoding.UTF8.GetBytes($"{_soFar},{text[..at]}");
            byte[] proof = Convert.FromBase64String(text[(at + 3)..]);
            byte[] salted = Rfc2898DeriveBytes.Pbkdf2(password, _salt, Iterations, hash, proof.Length);
            byte[] clientKey = Mac(salted, "Client Key"u8);
            byte[] signature = Mac(CryptographicOperations.HashData(hash, clientKey), whole);
            byte[] shown = [.. proof.Zip(signature, static (left, right) => (byte)(left ^ right))];
            Client = shown.AsSpan().SequenceEqual(clientKey) && text.Contains(_nonce, StringComparison.Ordinal) ? name : null;
            return Client is null ? null : Encoding.UTF8.GetBytes($"v={Convert.ToBase64String(Mac(Mac(salted, "Server Key"u8), whole))}");
        }

        private byte[] Mac(byte[] key, ReadOnlySpan<byte> text) => CryptographicOperations.HmacData(hash, key, text);
    }
}
