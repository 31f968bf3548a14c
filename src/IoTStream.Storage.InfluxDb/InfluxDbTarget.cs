using System.Net.Http.Headers;
using System.Text;

namespace IoTStream.Storage.InfluxDb;

/// <summary>Where points go: a database of InfluxDB 1, or a bucket of InfluxDB 2 or 3.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class InfluxDbTarget
{
    private InfluxDbTarget(Uri write, AuthenticationHeaderValue? authorization)
    {
        Write = write;
        Authorization = authorization;
    }

    /// <summary>The address that points are sent to.</summary>
    internal Uri Write { get; }

    internal AuthenticationHeaderValue? Authorization { get; }

    /// <summary>A database of InfluxDB 1, by its write interface <c>/write</c>.</summary>
    /// <param name="server">The server, as in <c>http://localhost:8086</c>.</param>
    /// <param name="database">The database, which has to be there.</param>
    /// <param name="retentionPolicy">The retention policy; by default that of the database.</param>
    /// <param name="user">A user, if the server wants one.</param>
    /// <param name="password">The user's password.</param>
    /// <exception cref="ArgumentException">The address is no absolute one of HTTP, or the name is empty.</exception>
    public static InfluxDbTarget Database(Uri server, string database, string? retentionPolicy = null, string? user = null, string? password = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(database);
        string query = $"db={Uri.EscapeDataString(database)}&precision=ns" + (retentionPolicy is null ? "" : $"&rp={Uri.EscapeDataString(retentionPolicy)}");
        return new InfluxDbTarget(
            Address(server, "write", query),
            user is null ? null : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))));
    }

    /// <summary>A bucket of InfluxDB 2, or a database of InfluxDB 3, by the write interface <c>/api/v2/write</c>.</summary>
    /// <param name="server">The server, as in <c>https://eu-central-1-1.aws.cloud2.influxdata.com</c>.</param>
    /// <param name="bucket">The bucket, which has to be there; for InfluxDB 3 the database.</param>
    /// <param name="token">A token that may write to it; null if the server wants none.</param>
    /// <param name="organization">The organization, by name or number; InfluxDB 3 does not need it.</param>
    /// <exception cref="ArgumentException">The address is no absolute one of HTTP, or the name is empty.</exception>
    public static InfluxDbTarget Bucket(Uri server, string bucket, string? token, string? organization = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(bucket);
        string query = $"bucket={Uri.EscapeDataString(bucket)}&precision=ns" + (organization is null ? "" : $"&org={Uri.EscapeDataString(organization)}");
        return new InfluxDbTarget(Address(server, "api/v2/write", query), token is null ? null : new AuthenticationHeaderValue("Token", token));
    }

    private static Uri Address(Uri server, string path, string query)
    {
        ArgumentNullException.ThrowIfNull(server);
        return server.IsAbsoluteUri && server.Scheme is "http" or "https"
            ? new UriBuilder(server) { Path = $"{server.AbsolutePath.TrimEnd('/')}/{path}", Query = query }.Uri
            : throw new ArgumentException($"'{server}' is no address of a server: give one like http://localhost:8086.", nameof(server));
    }
}
