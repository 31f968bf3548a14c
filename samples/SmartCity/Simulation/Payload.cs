using System.Buffers.Text;

namespace SmartCity.Simulation;

/// <summary>Writes messages as a sensor's firmware would: by putting numbers into a text. One buffer serves all of them.</summary>
internal sealed class Payload
{
    private const int ImplausibleTenthsOfSpeed = -10;
    private readonly byte[] _buffer = new byte[256];
    private int _length;

    /// <summary>Writes a message.</summary>
    /// <returns>The message, valid until the next one is written.</returns>
    public ReadOnlyMemory<byte> Write(Sensor sensor, long sequence, in Measurement measured, Fate fate, long sentAt)
    {
        _length = 0;
        Text(sensor.Prefix);
        Number(sequence);
        Text(sensor.Infix);
        Number(measured.UnixMilliseconds);
        Text(",\"vehicles\":"u8);
        Number(measured.Vehicles);
        Text(",\"speed\":"u8);
        switch (fate)
        {
            case Fate.Mistyped:
                Text("\"n/a\""u8);
                break;
            case Fate.Implausible:
                Tenths(ImplausibleTenthsOfSpeed);
                break;
            default:
                Tenths(measured.TenthsOfSpeed);
                break;
        }

        Text(",\"pedestrians\":"u8);
        Number(measured.Pedestrians);
        Text(",\"sentAt\":"u8);
        Number(sentAt);
        Text("}"u8);
        return _buffer.AsMemory(0, fate == Fate.CutOff ? _length * 2 / 3 : _length);
    }

    private void Text(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }

    private void Number(long number)
    {
        _ = Utf8Formatter.TryFormat(number, _buffer.AsSpan(_length), out int written);
        _length += written;
    }

    private void Tenths(int tenths)
    {
        if (tenths < 0)
        {
            Text("-"u8);
        }

        Number(Math.Abs(tenths) / 10);
        Text("."u8);
        Number(Math.Abs(tenths) % 10);
    }
}
