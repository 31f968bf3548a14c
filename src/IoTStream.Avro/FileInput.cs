namespace IoTStream.Avro;

/// <summary>Reads what is outside of the blocks of an object container file.</summary>
internal static class FileInput
{
    /// <summary>Reads an integer; null if the stream ends before it.</summary>
    public static long? ReadInt64(Stream stream)
    {
        Span<byte> bytes = stackalloc byte[10];
        for (int length = 0; length < bytes.Length;)
        {
            int next = stream.ReadByte();
            if (next < 0)
            {
                return length == 0 ? null : throw new AvroException("The file ends within an integer.");
            }

            bytes[length++] = (byte)next;
            if (next < 0x80)
            {
                var reader = new AvroReader(bytes[..length]);
                return reader.ReadInt64();
            }
        }

        throw new AvroException("An integer has more than 64 bits.");
    }

    /// <summary>Reads a length and as many bytes. The buffer grows as bytes come, so that a length without them takes no memory.</summary>
    public static int ReadBlock(Stream stream, ref byte[] buffer, int maximum)
    {
        long length = ReadInt64(stream) ?? throw new AvroException("The file ends where a length is expected.");
        if ((ulong)length > (ulong)maximum)
        {
            throw new AvroException($"{length} bytes in one piece are more than the {maximum} that are taken (AvroFileOptions.MaximumBlockSize).");
        }

        int read = 0;
        while (read < length)
        {
            if (read == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(length, Math.Max(4096, 2L * read)));
            }

            int count = stream.Read(buffer, read, (int)Math.Min(length, buffer.Length) - read);
            if (count == 0)
            {
                throw new AvroException($"The file ends after {read} of {length} bytes.");
            }

            read += count;
        }

        return read;
    }
}
