using System.Text;

namespace IoTStream.Mqtt.Protocol;

/// <summary>A valid topic name in both of its forms, so that neither is computed twice.</summary>
internal sealed class TopicName
{
    private volatile object? _attachment;

    internal TopicName(string text, byte[] utf8)
    {
        Text = text;
        Utf8 = utf8;
    }

    public string Text { get; }

    public byte[] Utf8 { get; }

    /// <summary>What the owner of the <see cref="TopicCache"/> wants to find again with the topic, such as the message's route.</summary>
    public object? Attachment
    {
        get => _attachment;
        set => _attachment = value;
    }

    /// <summary>A topic name that this side publishes to.</summary>
    /// <exception cref="ArgumentException">It is empty, too long, holds a wildcard or U+0000, or has no UTF-8 form.</exception>
    public static TopicName Create(string text)
    {
        if (TopicFilter.FindFaultOfName(text) is { } fault)
        {
            throw new ArgumentException(fault, nameof(text));
        }

        int size = PacketWriter.SizeOf(text) - 2;
        byte[] utf8 = new byte[size];
        Encoding.UTF8.GetBytes(text, utf8);
        return new TopicName(text, utf8);
    }

    public override string ToString() => Text;
}
