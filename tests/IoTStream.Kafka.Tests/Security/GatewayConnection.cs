using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace IoTStream.Kafka.Tests.Security;

/// <summary>The side of a gateway's connection that a client is at: requests and responses, each with its length before it.</summary>
internal sealed class GatewayConnection(Stream stream) : IDisposable
{
    private readonly SemaphoreSlim _sending = new(1);

    public Stream Stream { get; } = stream;

    /// <summary>Kind and version of the requests that the broker has not answered yet, by their number.</summary>
    public ConcurrentDictionary<int, (short Key, short Version)> Expected { get; } = new();

    /// <returns>Null at the end.</returns>
    public static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] length = new byte[4];
        if (await stream.ReadAtLeastAsync(length, 4, throwOnEndOfStream: false, cancellationToken) < 4)
        {
            return null;
        }

        byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await stream.ReadExactlyAsync(frame, cancellationToken);
        return frame;
    }

    public static async Task WriteAsync(Stream stream, byte[] frame, CancellationToken cancellationToken)
    {
        byte[] whole = new byte[frame.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(whole, frame.Length);
        frame.CopyTo(whole, 4);
        await stream.WriteAsync(whole, cancellationToken);
    }

    /// <summary>What comes behind the header of a request: kind, version, number and the client's name.</summary>
    public static ReadOnlyMemory<byte> Body(byte[] frame) => frame.AsMemory(10 + Math.Max((short)0, BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(8))));

    public async Task SendAsync(byte[] frame, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await WriteAsync(Stream, frame, cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }

    public Task AnswerAsync(int correlation, byte[] body, CancellationToken cancellationToken)
    {
        byte[] frame = new byte[body.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(frame, correlation);
        body.CopyTo(frame, 4);
        return SendAsync(frame, cancellationToken);
    }

    public void Dispose() => _sending.Dispose();
}
