using System.Buffers.Binary;
using System.Text;

namespace IoTStream.Kafka.Tests.Security;

/// <summary>The bodies of responses about SASL (SaslHandshake 1, SaslAuthenticate 1, ApiVersions below 3).</summary>
internal static class SaslFrames
{
    private const short UnsupportedMechanism = 33;
    private const short AuthenticationFailed = 58;

    public static byte[] Handshake(bool isSupported)
    {
        byte[] body = new byte[6];
        BinaryPrimitives.WriteInt16BigEndian(body, isSupported ? (short)0 : UnsupportedMechanism);
        return body;
    }

    /// <param name="answer">What the server says; null if it refuses.</param>
    public static byte[] Authenticate(byte[]? answer)
    {
        byte[] text = answer is null ? Encoding.UTF8.GetBytes("not let in") : [];
        answer ??= [];
        byte[] body = new byte[2 + 2 + text.Length + 4 + answer.Length + 8];
        BinaryPrimitives.WriteInt16BigEndian(body, text.Length > 0 ? AuthenticationFailed : (short)0);
        BinaryPrimitives.WriteInt16BigEndian(body.AsSpan(2), text.Length > 0 ? (short)text.Length : (short)-1);
        text.CopyTo(body, 4);
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(4 + text.Length), answer.Length);
        answer.CopyTo(body, 8 + text.Length);
        return body;
    }

    /// <summary>Adds to a list of requests that a broker knows: SaslHandshake in versions 0 to 1 and SaslAuthenticate in 0 to 1.</summary>
    public static byte[] AddTo(byte[] versions)
    {
        byte[] added = new byte[versions.Length + 12];
        versions.AsSpan(0, 10).CopyTo(added);
        BinaryPrimitives.WriteInt32BigEndian(added.AsSpan(6), BinaryPrimitives.ReadInt32BigEndian(versions.AsSpan(6)) + 2);
        ReadOnlySpan<byte> two = [0, 17, 0, 0, 0, 1, 0, 36, 0, 0, 0, 1];
        two.CopyTo(added.AsSpan(10));
        versions.AsSpan(10).CopyTo(added.AsSpan(22));
        return added;
    }
}
