using System.Text;

namespace IoTStream.Avro;

/// <summary>Object container files: a header with the schema, and blocks of values with a mark between them.</summary>
public static class AvroFile
{
    internal const int MarkSize = 16;
    internal const string SchemaKey = "avro.schema";
    internal const string CodecKey = "avro.codec";

    internal static AvroType<Dictionary<string, byte[]>> Header { get; } = AvroTypes.Map(AvroTypes.Bytes);

    internal static ReadOnlySpan<byte> Magic => "Obj\u0001"u8;

    internal static UTF8Encoding Text { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Begins to write a file.</summary>
    /// <param name="stream">Where it is written; it stays open.</param>
    /// <param name="type">The type of the values.</param>
    /// <param name="options">How.</param>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <exception cref="ArgumentNullException">The stream or the type is null.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static AvroFileWriter<T> Write<T>(Stream stream, AvroType<T> type, AvroFileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(type);
        options = AvroFileOptions.Checked(options);
        return new AvroFileWriter<T>(stream, type, options);
    }

    /// <summary>Begins to read a file: its header is read and its schema resolved to that of the type.</summary>
    /// <param name="stream">Where it is read from; it stays open.</param>
    /// <param name="type">The type that its values are read as.</param>
    /// <param name="options">What is taken.</param>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <exception cref="ArgumentNullException">The stream or the type is null.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    /// <exception cref="AvroException">It is no such file, or compressed in a way that is not known here.</exception>
    /// <exception cref="AvroSchemaException">The schema in it is not valid, or cannot be read as the type.</exception>
    public static AvroFileReader<T> Read<T>(Stream stream, AvroType<T> type, AvroFileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(type);
        options = AvroFileOptions.Checked(options);
        FileHeader header = FileHeader.Read(stream, options);
        return new AvroFileReader<T>(stream, header, type.Resolve(header.Schema), options);
    }

    /// <summary>Begins to read a file as generic values of its own schema.</summary>
    /// <param name="stream">Where it is read from; it stays open.</param>
    /// <param name="options">What is taken.</param>
    /// <exception cref="ArgumentNullException">The stream is null.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    /// <exception cref="AvroException">It is no such file, or compressed in a way that is not known here.</exception>
    /// <exception cref="AvroSchemaException">The schema in it is not valid.</exception>
    public static AvroFileReader<object?> Read(Stream stream, AvroFileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options = AvroFileOptions.Checked(options);
        FileHeader header = FileHeader.Read(stream, options);
        return new AvroFileReader<object?>(stream, header, AvroTypes.GenericValue(header.Schema).Resolve(header.Schema), options);
    }
}
