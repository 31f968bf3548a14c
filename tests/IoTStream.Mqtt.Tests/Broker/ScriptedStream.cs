namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>The client's end of a connection without a network: what it sends is known beforehand, what it gets is kept.</summary>
internal sealed class ScriptedStream(ReadOnlyMemory<byte> sent, Func<int> nextSize) : Stream
{
    private readonly MemoryStream _received = new();
    private ReadOnlyMemory<byte> _sent = sent;

    public byte[] Received => _received.ToArray();

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = Math.Min(Math.Min(buffer.Length, _sent.Length), nextSize());
        _sent.Span[..count].CopyTo(buffer.Span);
        _sent = _sent[count..];
        return ValueTask.FromResult(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _received.Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
